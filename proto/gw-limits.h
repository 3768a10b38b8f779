/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Every bound there is, each with its reason. Whatever the other side can
 * make grow (a size, a count, a depth, a time) has its limit here; reaching
 * one is a clear error or back-pressure, never growth. */

#define GW_KIB (1024u)
#define GW_MIB (1024u * GW_KIB)

/* Those of files and folders on streams. */
#include "gw-limits-files.h"

/* --- JSON text ---------------------------------------------------------- */

/* Deeper than any command's reply. json-glib recurses once a level, and a
 * musl thread has 128 KiB of stack. */
#define GW_JSON_DEPTH_MAX 128

/* Values in one text. guest-get-memory-blocks of a 4 TiB guest has 100,000;
 * json-glib spends up to 500 bytes on each. */
#define GW_JSON_VALUES_MAX (128u * 1024u)

/* Members of one object. Known commands have at most 30. json-glib's table
 * has no secret hash, so colliding names cost the square of this. */
#define GW_JSON_MEMBERS_MAX 256

/* --- The text voice ----------------------------------------------------- */

/* One JSON object on the wire: qemu-ga accepts a 48 MiB file-write, which is
 * 64 MiB of base64. */
#define GW_LINE_MAX (64u * GW_MIB)

/* A silence this long separates junk from what is said next. Longer than any
 * scheduling gap inside one write. */
#define GW_LINE_QUIET_US (200 * 1000)

/* An error text from the other side, in bytes; the rest is cut. */
#define GW_ERROR_TEXT_MAX (4u * GW_KIB)

/* --- Frames -------------------------------------------------------------- */

/* One frame with its header and check is one write: virtio_console cuts at
 * 32 KiB. On Xen's consoles, what a write may be there; a serial line's user
 * waits for one frame at most before an answer to a ping: 512 bytes take 44 ms
 * at 115,200 baud. */
#define GW_FRAME_MAX (32u * GW_KIB)
/* Of it: 24 of header, 4 of check. */
#define GW_FRAME_OVERHEAD 28
#define GW_FRAME_MAX_XEN GW_PORT_XEN_WRITE_MAX
#define GW_FRAME_MAX_UART 512u
#define GW_FRAME_MAX_DATAGRAM GW_PORT_DATAGRAM_MAX

/* Below this a frame cannot hold a fragment of a message, or HELLO. */
#define GW_FRAME_MAX_LEAST 512u

/* A frame that is not whole after so much silence never will be: its sender is
 * gone. Less than GW_SYNC_TRY_MS, so that the next client is heard. */
#define GW_FRAME_QUIET_US (200 * 1000)

/* Payload bytes may be hashed so many times for each that came: once in its
 * frame, and again where a broken frame holds others. */
#define GW_FRAME_HASH_FACTOR 4

/* Junk that is told of in one piece. */
#define GW_FRAME_SKIPPED_MAX (4u * GW_KIB)

/* --- The link ------------------------------------------------------------ */

/* Bytes on the way. virtio-serial: some frames, so that neither side waits for
 * the other; more only makes a ping wait. Xen: QEMU drops the middle of what
 * waits above 1 MiB. Serial line: the FIFO and the driver's buffer. */
#define GW_LINK_WINDOW (256u * GW_KIB)
#define GW_LINK_WINDOW_XEN (64u * GW_KIB)
#define GW_LINK_WINDOW_UART (2u * GW_KIB)

/* Datagrams wait in a socket's buffer, of 208 KiB, where the kernel counts some
 * 2.3 KiB for each of GW_FRAME_MAX_DATAGRAM bytes: those of this wait in half. */
#define GW_LINK_WINDOW_DATAGRAM (48u * GW_KIB)

/* Where a lossy channel begins, until its rate is known: Xen's ring. */
#define GW_LINK_WINDOW_FIRST (2u * GW_KIB)

/* Frames on the way, so that a number is never mistaken for one before. */
#define GW_LINK_FRAMES_MAX (1u << 15)

/* Frames that are remembered, to tell a copy that the channel made of one from
 * one of a sender that was restored from a snapshot. */
#define GW_LINK_REMEMBERED 64

/* An acknowledgement may wait so long for a frame to ride on. */
#define GW_LINK_ACK_US (10 * 1000)

/* How long data may be unacknowledged before the other side is asked, where
 * bytes may get lost: 4 times a Xen guest's usual round trip at least. It
 * doubles while no answer comes. */
#define GW_LINK_ASK_LEAST_US (250 * 1000)
#define GW_LINK_ASK_MOST_US (5 * 1000 * 1000)

/* The same where bytes do not get lost, so that only a stop is met by it. */
#define GW_LINK_ASK_LOSS_FREE_US (1000 * 1000)

/* --- Sessions ------------------------------------------------------------ */

/* One line that opens a session, and its answer: half of Xen's ring towards
 * the guest, so that it is there before the guest has read any of it. */
#define GW_OPEN_LINE_MAX 512

/* Names of features in it, with what stands around each. */
#define GW_OPEN_FEATURES_MAX 64

/* A channel's name in it: libvirt has some of 63 bytes. */
#define GW_OPEN_CHANNEL_MAX 64

/* How long the answer to it may take before all begins again. */
#define GW_OPEN_WAIT_US (2 * 1000 * 1000)

/* Refusals, one after another, that end a session, or that a lossy channel needs
 * to say before they are believed: one changed byte makes an agent refuse. */
#define GW_OPEN_REFUSALS_MAX 3

/* HELLO is said again until it is answered; after this long in vain the host
 * begins again, and after so many times it gives up: something changes bytes. */
#define GW_HELLO_AGAIN_US (400 * 1000)
#define GW_HELLO_WAIT_US (5 * 1000 * 1000)
#define GW_HELLO_TRIES_MAX 3

/* A session without a connection. Long enough for a host program or a network
 * between to come back; processes of a lost client live so long. */
#define GW_SESSION_PARK_US (60 * 1000 * G_GINT64_CONSTANT (1000))

/* When an answer is due and nothing comes, the host begins again from text. */
#define GW_SESSION_SILENCE_US (15 * 1000 * G_GINT64_CONSTANT (1000))

/* Keepalives that may be missing before a guest goes back to text. */
#define GW_SESSION_KEEPALIVES_MISSED 3
#define GW_SESSION_KEEPALIVE_MAX_S 86400

/* A text that takes over: guest-sync with an id has some 60 bytes. */
#define GW_TAKEOVER_MAX 256

/* While calls or streams are open somebody waits for them, and learns within
 * this that the agent was restarted; at most so long between two signs of life. */
#define GW_SESSION_BUSY_KEEPALIVE_US (10 * 1000 * G_GINT64_CONSTANT (1000))

/* A host that hears an error in text asks whether frames are spoken yet, and is
 * answered within this: the agent is there, and has nothing else to say. The
 * error of any agent is shorter than that. */
#define GW_SESSION_DOUBT_US (1000 * 1000)
#define GW_COMPLAINT_MAX (1u * GW_KIB)

/* Why a stream or a session ended, in bytes. */
#define GW_REASON_MAX 200

/* --- Messages ------------------------------------------------------------ */

/* One message: any that the text voice can carry. All that have begun to come
 * and have not ended, together. */
#define GW_MESSAGE_MAX GW_LINE_MAX

/* Bytes of messages that may come before some are taken. */
#define GW_MESSAGE_WINDOW (256u * GW_KIB)

/* One fragment, so that a short message waits for no long one. */
#define GW_MESSAGE_FRAGMENT_MAX (16u * GW_KIB)

/* Messages that have begun and not ended: all requests and answers, and some
 * events. */
#define GW_MESSAGES_BEGUN_MAX 256

/* Requests of one side that are not answered yet. One that runs a program is
 * among them until that ends: as many as GW_STREAMS_MAX has streams for, and
 * as many again for what else is asked meanwhile. */
#define GW_REQUESTS_MAX 128

/* Events that wait to be sent; then the oldest are dropped. */
#define GW_EVENTS_QUEUED_MAX 256
#define GW_EVENTS_QUEUED_BYTES_MAX (256u * GW_KIB)

/* --- Streams ------------------------------------------------------------- */

/* Streams that one side has opened. */
#define GW_STREAMS_MAX 128

/* What may come on all streams of a session and is not used yet. Each stream
 * has its least share for itself (of 256 that makes half of it); the rest is
 * lent, at most half of what is left of it to one stream. */
#define GW_SESSION_BUFFER (1u * GW_MIB)
#define GW_STREAM_SHARE_LEAST (2u * GW_KIB)
#define GW_STREAM_LENT_MAX (256u * GW_KIB)

/* What came of a stream and waits is joined up to this: 1 MiB that came byte by
 * byte would take 100 MiB. */
#define GW_BLOCK_JOINED_MAX (4u * GW_KIB)

/* What a stream takes from its writer and has not sent: whole frames, since a
 * short one costs a channel as much as a full one. */
#define GW_STREAM_QUEUE_MAX (4 * (GW_FRAME_MAX - GW_FRAME_OVERHEAD))

/* What an OPEN says a stream is for. */
#define GW_STREAM_PURPOSE_MAX 400u

/* --- Forwarded connections ------------------------------------------------ */

/* A host's name, as in DNS. */
#define GW_ENDPOINT_HOST_MAX 255

/* Of an address that is none, as far as an error shows it. */
#define GW_ENDPOINT_SHOWN_MAX 120

/* Addresses of one name that are listened on: localhost has two. */
#define GW_LISTENING_MAX 4

/* When nobody can be taken, as there is no stream or no descriptor, it is seen
 * so much later whether there is one again. */
#define GW_ACCEPT_AGAIN_MS 100

/* How long it may take to connect a socket, the looking up of its name
 * included: TCP's own three tries take 7 s. */
#define GW_FORWARD_CONNECT_MS (10 * 1000)

/* A unix socket whose backlog is full is tried again after this. */
#define GW_DIAL_AGAIN_MS 20

/* How often it is seen whether what a lost connection said last has gone. */
#define GW_RELAY_LOOK_MS 50

/* A socket whose stream was reset is closed when it has taken nothing of what
 * came before for so long: a disk that hangs takes less to be given up. */
#define GW_RELAY_LINGER_MS (60 * 1000)

/* Connections of one client: some streams of GW_STREAMS_MAX are left for
 * programs and files. */
#define GW_FORWARD_CONNECTIONS_MAX 112

/* Connections of all sessions in a guest, and what it listens on for them: each
 * takes a descriptor; see GW_LIVE_RUNNING_MAX. */
#define GW_FORWARD_SOCKETS_MAX 192
#define GW_FORWARD_LISTENING_MAX 32

/* Where a guest's agent was lost, its listening socket is asked for again:
 * first soon, then every few seconds. */
#define GW_FORWARD_AGAIN_FIRST_MS 100
#define GW_FORWARD_AGAIN_LAST_MS 5000

/* --- Events of the guest -------------------------------------------------- */

/* Events that the agent keeps for those who follow later: a busy hour of a
 * guest, in memory that nobody misses. */
#define GW_EVENTS_KEPT 256
#define GW_EVENTS_KEPT_BYTES (64u * GW_KIB)

/* The data of one, and its whole line on a stream, which is less than half of
 * GW_STREAM_QUEUE_MAX, so that one always fits sooner or later. */
#define GW_EVENT_DATA_MAX (4u * GW_KIB)
#define GW_EVENT_LINE_MAX (8u * GW_KIB)

/* Names of events that a follower may ask for; there are fewer. */
#define GW_EVENT_NAMES_MAX 64

/* Those who follow at a time: each looks at each event. */
#define GW_EVENT_FOLLOWERS_MAX 64

/* What changes in so short a time is told of at once: an address comes with
 * others, and a link that flaps is one change. */
#define GW_EVENTS_SETTLE_MS 200

/* Addresses of a guest that are watched, and those that one event tells of:
 * a guest with more is a router, whose host asks for them. */
#define GW_ADDRESSES_MAX 4096
#define GW_ADDRESSES_TOLD_MAX 32

/* What is read of utmp at most: 4096 records. */
#define GW_UTMP_MAX (4096u * 384u)

/* What is read of one of logind's sessions (they have 500 bytes), and of how
 * many. */
#define GW_LOGIN_SESSION_MAX (4u * GW_KIB)
#define GW_LOGIN_SESSIONS_MAX 1024u

/* Memory is low when some task waited for it so long in so long a time; it is
 * told again when it was not for a while. */
#define GW_MEMORY_STALL_US (200 * 1000)
#define GW_MEMORY_WINDOW_US (1000 * 1000)
#define GW_MEMORY_AGAIN_US (60 * 1000 * G_GINT64_CONSTANT (1000))

/* An agent that is stopped finds out within this whether its machine goes
 * down, and then waits so long for the event to be written. */
#define GW_SHUTDOWN_ASK_MS 2000
#define GW_SHUTDOWN_TELL_MS 500

/* --- Ports -------------------------------------------------------------- */

/* Bytes taken by one read, and by one port before the others get their turn. */
#define GW_PORT_READ_SIZE (64u * GW_KIB)
#define GW_PORT_TURN_MAX (256u * GW_KIB)

/* What one read counts for at least: datagrams may have one byte, or none. */
#define GW_PORT_TURN_LEAST 512u

/* One write to a virtio-serial port: the driver cuts at 32 KiB. */
#define GW_PORT_VIRTIO_WRITE_MAX (32u * GW_KIB)

/* One write to a Xen console, whose ring holds 2 KiB: what does not fit makes
 * the driver (hvc_xen.c) spin until the host's end has read it, with a
 * processor's interrupts off. */
#define GW_PORT_XEN_WRITE_MAX (1u * GW_KIB)

/* One datagram: what passes any network in one piece, as QUIC's do (RFC 9000,
 * 14). QEMU cuts those of more than 4 KiB (chardev/char-udp.c). */
#define GW_PORT_DATAGRAM_MAX 1200u

/* A socket of datagrams is closed when nothing has come for so long: a guest that
 * is answering says the next byte sooner. But it is, whatever comes. */
#define GW_LINGER_QUIET_MS 150
#define GW_LINGER_MOST_MS 1000

/* What is asked of the kernel for datagrams that came: a serial port's guest
 * sends each byte as one, and each counts for 768. */
#define GW_PORT_DATAGRAM_BUFFER (4u * GW_MIB)

/* Output that may wait in one port. Has to hold one whole reply, since a
 * reply is queued at once or not at all. */
#define GW_PORT_QUEUE_MAX (GW_LINE_MAX + 64u * GW_KIB)

/* With more than this waiting, no further request is taken up; below it the
 * sender goes on. */
#define GW_PORT_QUEUE_HIGH (64u * GW_KIB)

/* How long bytes that no reported host has sent may be those of a host that
 * is reported later. Both are on their way when this begins, but in an
 * overloaded guest the report was seen to take longer than 200 ms. */
#define GW_PRESENCE_WAIT_MS 1000

/* Events taken from the kernel in one go. */
#define GW_POLL_BATCH 64

/* --- Xen ---------------------------------------------------------------- */

/* A message of Xen's store, as xen/io/xs_wire.h has it. */
#define GW_XENSTORE_HEADER_SIZE 16
#define GW_XENSTORE_PAYLOAD_MAX (4u * GW_KIB)

/* What a request carries: Linux takes it with its header in one buffer of
 * XENSTORE_PAYLOAD_MAX (xenbus_dev_frontend.c). */
#define GW_XENSTORE_REQUEST_MAX (GW_XENSTORE_PAYLOAD_MAX - GW_XENSTORE_HEADER_SIZE)

/* Requests that may wait for their turn, and watches: each console has one
 * watch and two requests. The store lets a guest have 128 watches. */
#define GW_XENSTORE_ASKS_MAX 128
#define GW_XENSTORE_WATCHES_MAX 64

/* How long the store may take to answer a program that waits for it. It is on
 * the same machine and takes a millisecond; a tool that hangs helps nobody. */
#define GW_XENSTORE_CALL_MS 2000

/* How long it may take to answer the agent, which waits for nobody. Longer than
 * a host that is busy saving and restoring guests needs; what was asked before
 * a guest was moved may never be answered. */
#define GW_XENSTORE_ANSWER_MS 5000

/* How long the kernel of a guest that was restored may take to put an old
 * terminal away before its console is opened again all the same. Its workers
 * take a millisecond, unless they get no time. */
#define GW_XEN_HANGUP_MS 2000

/* A guest that was suspended for less was not: two clocks were read with
 * something else between. Saving one takes longer. */
#define GW_XEN_SUSPENDED_LEAST_US 1000

/* Consoles of one guest. Linux has 16 places for hvc terminals
 * (MAX_NR_HVC_CONSOLES), and node 0 is no channel. */
#define GW_XEN_CONSOLES_MAX 32

/* --- The agent ---------------------------------------------------------- */

/* Requests and answers that wait in all voices together: two of the largest.
 * Each client of a socket is a voice, and one alone may make the most of
 * GW_LINE_MAX. */
#define GW_VOICES_HELD_MAX (2u * GW_LINE_MAX)

/* Memory that the agent keeps for its next block, rather than to take it from the
 * kernel anew: what a transfer turns over in 10 ms. Larger blocks than the
 * second go back at once. */
#define GW_MEMORY_KEPT_MAX (2 * GW_MIB)
#define GW_MEMORY_BLOCK_MAX (512 * GW_KIB)

/* Clients of one listening socket at a time. */
#define GW_LISTEN_CLIENTS_MAX 32

/* A socket file counts as left over when it refused this often. */
#define GW_STALE_TRIES 5
#define GW_STALE_TRY_MS 50

/* For the folder's lock: others hold it as long as they look at a socket. */
#define GW_STALE_LOCK_TRIES (4 * GW_STALE_TRIES)

/* A port that is busy or gone is tried again: first soon, then every few
 * seconds. udev tells of ports that come back, so this is the fallback. */
#define GW_REOPEN_FIRST_MS 50
#define GW_REOPEN_LAST_MS 5000

/* Programs that guest-exec may have running at once. */
#define GW_EXEC_RUNNING_MAX 256

/* Ended programs whose result is kept for guest-exec-status. */
#define GW_EXEC_KEPT_MAX 256

/* A result stays this long after it was last asked for: the answer may have
 * been lost on its way to a host that waits a minute before it asks again. */
#define GW_EXEC_COLLECTED_S 120

/* Captured output of one stream, as qemu-ga's; the rest is read and dropped,
 * and the reply says so. */
#define GW_EXEC_OUTPUT_MAX (16u * GW_MIB)

/* Captured output of all programs together, running and ended. */
#define GW_EXEC_TOTAL_MAX (64u * GW_MIB)

/* Input of all running programs together. One request holds at most 48 MiB. */
#define GW_EXEC_INPUT_TOTAL_MAX (64u * GW_MIB)

/* Programs that have ended and left something running that still writes to
 * them. That is read, so that it does not die of SIGPIPE; beyond this it does. */
#define GW_EXEC_ORPHANS_MAX 256

/* After a program has ended, its pipes are read only for what is there: a
 * grandchild may hold them open for ever. */
#define GW_EXEC_DRAIN_MAX (1u * GW_MIB)

/* Programs whose input and output go over a session, in all sessions. Each
 * takes four descriptors of the agent; with all else that may be open that
 * stays below 1024, the default for a process. */
#define GW_LIVE_RUNNING_MAX 96

/* Pipes of those that have ended, which something left running still has. */
#define GW_LIVE_LEFTOVERS_MAX 32

/* A program that was asked to end has so long to do it. */
#define GW_EXEC_TERM_S 5

/* Pipes with the parts of one job's output that wait for a reader on the host:
 * twice as many as a session has streams for, since one may be empty. */
#define GW_PIPE_PARTS_MAX (2 * GW_STREAMS_MAX)

/* Jobs that may run at once. With what is kept of each that is 64 MiB at most,
 * in memory. */
#define GW_JOBS_RUNNING_MAX 32

/* A job's output is kept in pieces of this size, two of each of its two streams. */
#define GW_JOB_SEGMENT (512u * GW_KIB)

/* Jobs that have ended are remembered up to this number, and for so long. What
 * they have printed may take this much in all: then the oldest are forgotten. */
#define GW_JOBS_ENDED_MAX 32
#define GW_JOBS_ENDED_BYTES (32u * GW_MIB)
#define GW_JOBS_ENDED_S (7 * 24 * 3600)

/* Hosts that read a job's output or wait for its end: each takes three
 * descriptors of the agent at most. */
#define GW_JOB_VISITS_MAX 64

/* What is remembered of a job's arguments, and of its name. */
#define GW_JOB_WORDS_MAX (1u * GW_KIB)
#define GW_JOB_NAME_MAX 64

/* What the agent has written of a job: words that are escaped, and the rest. */
#define GW_JOB_FILE_MAX (16u * GW_KIB)

/* Arguments and environment of one program; the kernel's own limit on their
 * bytes comes on top. */
#define GW_EXEC_WORDS_MAX 4096

/* The administrator's program that is run before a freeze and after a thaw.
 * Databases may write for minutes; beyond this, one that hangs is killed. */
#define GW_FREEZE_HOOK_S 300

/* How long a freeze may be allowed to last, when it is limited. */
#define GW_FREEZE_TIMEOUT_MAX_S 86400

/* Commands that wait for a disk or the kernel in a thread of their own. */
#define GW_CALL_THREADS_MAX 16

/* What is told of one guest at most. Machines with thousands of containers have
 * more mounts, interfaces and addresses; an answer has to stay far below
 * GW_JSON_VALUES_MAX for its reader. */
#define GW_FILE_SYSTEMS_MAX 2048
#define GW_FILE_SYSTEM_DISKS_MAX 32
#define GW_INTERFACES_MAX 2048
#define GW_INTERFACE_ADDRESSES_MAX 8192
#define GW_USERS_MAX 4096
#define GW_PROCESSORS_MAX 8192

/* Block devices on top of each other: encrypted, mapped, an array, a disk. */
#define GW_BLOCK_LAYERS_MAX 8

/* Files that hosts have open. qemu-ga has no bound, and handles outlive their
 * client; with the default of 1024 descriptors a process, this leaves room for
 * programs and ports. */
#define GW_FILES_OPEN_MAX 256

/* Handles that are counted as used in one go, each time with a write to the
 * state folder. */
#define GW_FILES_HANDLES_AHEAD 1000

/* When all of these are taken, a file that was not used for so long, in
 * seconds, gives its place to a new one. */
#define GW_FILE_FORGOTTEN_S 600

/* What guest-file-read reads when not told, and what it may be told: as in
 * qemu-ga. */
#define GW_FILE_READ_DEFAULT (4u * GW_KIB)
#define GW_FILE_READ_MAX (48u * GW_MIB)

/* What one guest-file-read returns at most: in base64, and with 64 KiB for
 * what is around it, an object of GW_LINE_MAX. A larger read comes back short. */
#define GW_FILE_REPLY_MAX (48u * (GW_MIB - GW_KIB))

/* Bytes of a file taken by one read(2). A multiple of 3 is encoded without a
 * remainder. */
#define GW_FILE_STEP (48u * GW_KIB)

/* --- Agents that libvirt holds ------------------------------------------ */

/* A request. Its own bound is 4 MiB (REMOTE_STRING_MAX of remote_protocol.x),
 * but libvirtd 9.0 counts nothing of a write that the channel's socket took in
 * part: it begins again at the first byte, for ever, and the agent gets
 * rubbish. An empty socket takes 208 KiB whole, by Linux's default. */
#define GW_LIBVIRT_TEXT_MAX (128u * GW_KIB)

/* One piece of a file that is written in such a guest: in base64 120 KiB. */
#define GW_LIBVIRT_PIECE_MAX (90u * GW_KIB)

/* Bytes of a file in one reply: libvirt drops replies above 4 MiB, and above
 * 10 MiB it gives the agent up for good. In base64 this is 2.7 MiB. */
#define GW_LIBVIRT_READ_MAX (2u * GW_MIB)

/* How long libvirt waits for a command. It cannot be told to stop, and nobody
 * else can use the agent meanwhile; guest-fstrim of a large disk takes tens of
 * minutes. */
#define GW_LIBVIRT_CALL_S 3600

/* How long libvirt waits for guest-ping, after its own greeting of 5 s. */
#define GW_LIBVIRT_PING_S 5

/* How long an error may take for a command that is not answered otherwise.
 * Not 0, which libvirt has too: it may then drop the command unsent. */
#define GW_LIBVIRT_SILENT_S 2

/* Greetings that may wait for the agent. Each new one voids the last. */
#define GW_LIBVIRT_SYNCS_MAX 64

/* How long guestwire-libvirt may take to list all domains. With thousands it
 * takes a second or two. */
#define GW_LIBVIRT_LIST_MS 5000

/* --- Domains of this host ----------------------------------------------- */

/* A domain's XML. One with hundreds of disks has 200 KiB. */
#define GW_DOMAIN_XML_MAX (4u * GW_MIB)

/* Channels of one domain: QEMU has 31 ports a virtio-serial controller. */
#define GW_DOMAIN_CHANNELS_MAX 1024

/* Entries of one directory that are looked at: a host has hundreds of
 * domains, and somebody else may write there. */
#define GW_DOMAIN_PLACES_MAX 16384

/* How long QEMU may take to say how its guest is. It answers at once, unless
 * another program is connected to its control socket. */
#define GW_QMP_PROBE_MS 1000

/* The same where somebody has asked for nothing else, and the host may be busy. */
#define GW_QMP_SHOW_MS (10 * 1000)

/* Devices of a machine that are looked at for what they are tied to. */
#define GW_QMP_DEVICES_MAX 1024

/* --- Character devices, as XML and as arguments -------------------------- */

/* Devices of one text, as channels of one domain. */
#define GW_CHARDEVS_MAX GW_DOMAIN_CHANNELS_MAX

/* What one device may hold: libvirt's have five attributes and seven elements
 * at most, four deep. A path is the longest text. */
#define GW_CHARDEV_ATTRIBUTES_MAX 32
#define GW_CHARDEV_CHILDREN_MAX 32
#define GW_CHARDEV_DEPTH_MAX 8
#define GW_CHARDEV_TEXT_MAX 4096

/* Elements around and beside devices, which are not looked at. */
#define GW_CHARDEV_OUTER_DEPTH_MAX 256

/* Characters of a text that stand in an error. */
#define GW_CHARDEV_SHOWN_MAX 64

/* Bytes of a path without its NUL: Linux' PATH_MAX, less ".out" for the FIFOs of
 * a pipe; and what sun_path of a unix socket holds. */
#define GW_CHARDEV_PATH_MAX 4095
#define GW_CHARDEV_PIPE_PATH_MAX (GW_CHARDEV_PATH_MAX - 4)
#define GW_CHARDEV_SOCKET_PATH_MAX 107

/* A host's name, by DNS; and where QEMU's sscanf() reads it out of -serial. */
#define GW_CHARDEV_HOST_MAX 253
#define GW_CHARDEV_WORD_HOST_MAX 64

/* Seconds between two tries to connect: a day, which is a slip of the finger. */
#define GW_CHARDEV_RECONNECT_MAX_S 86400

/* /dev/ttyS255 is the last that Linux has room for (CONFIG_SERIAL_8250_NR_UARTS). */
#define GW_CHARDEV_HOST_PORT_MAX 255

/* Numbers of ports and consoles; far fewer are there. */
#define GW_CHARDEV_TARGET_PORT_MAX 255

/* Ports that QEMU's PC has (MAX_ISA_SERIAL_PORTS, MAX_PARALLEL_PORTS). */
#define GW_CHARDEV_SERIAL_PORTS 4
#define GW_CHARDEV_PARALLEL_PORTS 3

/* Ports of x86's I/O space, its interrupts on ISA (QEMU aborts at the 17th), and
 * what "reg" of QEMU's spapr-vty holds. */
#define GW_CHARDEV_ISA_IOBASE_MAX 0xffff
#define GW_CHARDEV_ISA_IRQ_MAX 0xf
#define GW_CHARDEV_SPAPR_REG_MAX 0xffffffffu

/* Controllers of virtio-serial, as many as a PCI bus has slots, and the last
 * port of one (hw/virtio/virtio-serial: 31 ports). */
#define GW_CHARDEV_CONTROLLER_MAX 31
#define GW_CHARDEV_VIRTIO_PORT_MAX 30

/* --- The client --------------------------------------------------------- */

/* One try of a sync, before it is said again with a new number. qemu-ga
 * sleeps 100 ms where it finds no client, so less only makes noise. */
#define GW_SYNC_TRY_MS 400

/* An event, or anything else that was not asked for: longer ones are not
 * looked at. */
#define GW_EVENT_MAX (16u * GW_KIB)

/* How often an agent that has nothing to say is asked whether it is there. */
#define GW_CLIENT_KEEPALIVE_US (30 * 1000 * G_GINT64_CONSTANT (1000))

/* How long a channel that was lost in frames is opened again before the
 * session is given up: a hypervisor or a program between that restarts is back
 * in this, and whoever waits for a machine that is gone waits no longer. */
#define GW_CLIENT_RESUME_US (15 * 1000 * G_GINT64_CONSTANT (1000))

/* A connection to a listener that has not answered for so long is silent, and
 * the next one is heard: also on a busy host an agent answers sooner. */
#define GW_RIVAL_WAIT_US (5 * 1000 * 1000)

/* Events of one client that the program has not taken yet; more are dropped. */
#define GW_CLIENT_EVENTS_MAX 256

/* A line of events that comes from an agent, of whatever release. */
#define GW_FOLLOWER_LINE_MAX (64u * GW_KIB)

/* Who follows events asks for them again after so long at the earliest. */
#define GW_FOLLOW_AGAIN_MS 250

/* Calls that may wait for their turn in one client. */
#define GW_CLIENT_CALLS_MAX 1024

/* Input that one guest-exec carries: base64 in one request of GW_LINE_MAX. */
#define GW_EXEC_INPUT_MAX (32u * GW_MIB)

/* Calls without an answer, one after another, before an agent is given up by
 * what may ask again: as while a machine moves to another host. */
#define GW_UNANSWERED_MAX 3

/* One piece of a file that is copied: first so much, and then more or less, as
 * the channel is fast or slow. At 115,200 baud the first takes 6 s. */
#define GW_TRANSFER_PIECE_FIRST (48u * GW_KIB)
#define GW_TRANSFER_PIECE_MIN (3u * GW_KIB)

/* Pieces that are answered, but late, are made no smaller than this: with less
 * the time goes into what is around them. At 115,200 baud it takes 1.5 s. */
#define GW_TRANSFER_PIECE_SLOW (12u * GW_KIB)

/* An emulated guest needs 0.7 s for it. Larger ones are no faster. */
#define GW_TRANSFER_PIECE_MAX (768u * GW_KIB)

/* A copy begins again when the agent, restarted, knows its file no more. */
#define GW_TRANSFER_BEGIN_MAX 5
