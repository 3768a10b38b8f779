# SPDX-License-Identifier: LGPL-2.1-or-later
"""What must hold of every channel. A case takes a channel (channel.py) and knows nothing else of where it is."""

import json

from tap import equal, wait_for

from .channel import LONG_SECONDS
from .framed import Framed, ask_to_open

ROUNDS = 25  # of two connections each
# What would be seen if it ever ran.
ATTACK = b'{"execute":"guest-exec","arguments":{"path":"touch","arg":["%s/owned"]}}\n'
JUNK = b"\x00\x01junk\xc3\x28\x1b[2J\x03\x04\x11\x13\x1a}]\"\xfe\x7f"


def attack(channel):
    return ATTACK % channel.there.encode()


def works(channel, word):
    """Nothing else has to be done for the next call to succeed."""
    equal(channel.host(f"guestwire exec $A -- echo {word}"), word)


def answer(line):
    return json.loads(line.lstrip(b"\xff"))


def handshake(channel):
    channel.host("guestwire wait $A; guestwire ping $A >/dev/null")
    with channel.bytes() as plain:
        plain.sync_again()
        # As libvirt does it.
        equal(plain.call("guest-sync", id=4711), 4711)
    with channel.bytes() as plain:
        plain.sync_again()


def text_commands(channel):
    with channel.bytes() as plain:
        plain.sync_again()
        # Ahead of their answers, and with no line ends.
        plain.say(b'{"execute":"guest-ping","id":1}{"execute":"guest-nonsense","id":2} {"execute":"guest-get-time",'
                  b'"arguments":{"x":1},"id":3}{"execute":"guest-sync","arguments":{"id":5},"id":[4]}')
        equal(answer(plain.hear()), {"return": {}, "id": 1})
        wrong = answer(plain.hear())
        equal((wrong["id"], wrong["error"]["class"]), (2, "CommandNotFound"))
        wrong = answer(plain.hear())
        equal((wrong["id"], wrong["error"]["class"]), (3, "GenericError"))
        equal(answer(plain.hear()), {"return": 5, "id": [4]})
        names = {command["name"] for command in plain.call("guest-info")["supported_commands"]}
        equal({"guest-ping", "guest-exec", "guest-sync-delimited", "guestwire-open"} - names, set())
        pid = plain.call("guest-exec", path="sh", arg=["-c", "echo out; exit 3"], **{"capture-output": True})["pid"]
        status = wait_for("its end", lambda: (told := plain.call("guest-exec-status", pid=pid))["exited"] and told)
        equal((status["exitcode"], status["out-data"]), (3, "b3V0Cg=="))


def upgrade(channel):
    with channel.bytes() as plain:
        plain.sync_again()
        # Refused, and still text.
        refused, _ = ask_to_open(plain, features=["frames-99"])
        assert "error" in refused, refused
        equal(plain.call("guest-ping"), {})
        framed = Framed(plain)
        equal((framed.reply["resumed"], framed.reply.get("channel")), (False, channel.channel_name))
        framed.ping()
        equal(framed.call("guest-ping"), {})
        assert framed.call("guest-get-time") > 0
        framed.close()
        # Text again.
        plain.sync_again()
        equal(plain.call("guest-ping"), {})


def streamed_exec(channel):
    """Output comes while the program runs, input goes to it, and each stream stays by itself."""
    shown = channel.host("""
mkfifo input
guestwire exec -i $A -- sh -c 'echo first; echo problem >&2; read line; echo "got $line"; exit 7' <input >out 2>err &
started $!
exec 3>input
wait_for 'grep -qs first out && grep -qs problem err'
echo word >&3
exec 3>&-
wait $! || echo $?
cat out err""")
    equal(shown.split("\n"), ["7", "first", "got word", "problem"])
    equal(channel.host("""
head -c 20000 /dev/urandom >in
guestwire exec -i $A -- cat <in | cmp - in && echo same"""), "same")


def mebibyte_both_ways(channel):
    there = channel.host(f"head -c {channel.mebibyte} /dev/urandom >sent; guestwire push $A sent $T/file; sha256sum <sent",
                         LONG_SECONDS)
    equal(channel.guest("sha256sum <file"), there)
    equal(channel.host("guestwire pull $A $T/file back; sha256sum <back", LONG_SECONDS), there)


# Runs a command of ours in the background: its output in out and err, and its status in status when it has ended.
RUN = """
run () {
  ( result=0
    guestwire "$@" <in >out 2>err &
    started $!
    wait $! || result=$?
    echo $result >status ) &
}
"""


def resume(channel):
    """The connection is cut twice while data go both ways: first while its reader stands still, with all buffers full."""
    channel.host(f"head -c {channel.mebibyte} /dev/urandom >in")
    with channel.bridge():
        channel.host(RUN + """
mkfifo out
{ dd bs=1 count=1 2>/dev/null; touch begun; wait_for '[ -e go ]'; cat; } <out >back 2>/dev/null &
started $!
run exec -i $A -- cat
wait_for '[ -e begun ]'""")
        channel.cut()
        channel.host("[ ! -e status ] || { echo 'it did not go on:'; cat status err; exit 1; }; touch go; "
                     f"wait_for '[ -e status ] || [ $(stat -c %s back) -gt {channel.mebibyte // 2} ]' {LONG_SECONDS}", LONG_SECONDS)
        if channel.host("[ -e status ] || echo runs"):
            channel.cut()
        equal(channel.host(f"wait_for '[ -e status ]' {LONG_SECONDS}; cat status err", LONG_SECONDS), "0")
        channel.host(f"wait_for '[ $(stat -c %s back) -ge {channel.mebibyte} ]'; cmp in back")


def agent_restart(channel):
    """While data are on their way to it, of which none may be taken for text by the next agent."""
    channel.host(RUN + r"""
mkfifo in
yes "$(printf '\377')""" + attack(channel).decode().strip().replace('"', '\"') + """" >in &
started $!
run exec -i $A -- sh -c 'echo $$; exec cat >/dev/null'
wait_for '[ -s out ]'""")
    channel.restart_agent()
    # Whoever called is told.
    told = channel.host("wait_for '[ -e status ]'; cat status err")
    assert told.startswith("125\n") and ("restarted" in told or "lost" in told), told
    works(channel, "again")
    # And its program has ended.
    channel.guest(f"""wait_for '[ "$(cat /proc/{channel.host('cat out')}/comm 2>/dev/null)" != cat ]'""")
    equal(channel.guest("ls"), "")
    # Who speaks text goes on where the connection does.
    with channel.bytes() as plain:
        plain.sync_again()
        channel.restart_agent()
        if not channel.ends_with_agent:
            plain.sync_again()
            equal(plain.call("guest-ping"), {})
    works(channel, "once more")


def host_reconnects_50_times(channel):
    """Every other time it leaves in the middle of something."""
    channel.host(f"""
for i in $(seq {ROUNDS}); do
  case $((i % 5)) in
    0) printf '{{"execute":"guest-info"}}' ;;
    1) printf '{{"execute":"guest-exec","arguments":{{"path":"' ;;
    2) printf '\\377{{"execute":"guest-sync-delimited","arguments":{{"id":' ;;
    3) printf '\\365\\001nonsense\\000\\033[2J' ;;
    4) printf '\\377{{"execute":"guestwire-open","arguments":{{}}}}\\n' ;;
  esac | timeout 30 socat -u - "$RAW"
  [ "$(guestwire exec $A -- echo $i)" = $i ]
done""", LONG_SECONDS)


def junk_before_and_between(channel):
    with channel.bytes() as plain:
        plain.say(JUNK * 40 + attack(channel))
    works(channel, "after")
    with channel.bytes() as plain:
        plain.sync_again()
        equal(plain.call("guest-ping"), {})
        plain.say(JUNK * 10 + attack(channel))
        before = plain.sync_again()
        assert all("error" in answer(line) for line in before), before
        equal(plain.call("guest-ping"), {})
        framed = Framed(plain)
        for junk in (JUNK, b"\xff" + attack(channel), b"\xf5" * 100, attack(channel) * 5):
            framed.ping()
            plain.say(junk)
            framed.ping()
        equal(framed.call("guest-ping"), {})
        framed.close()
    works(channel, "after that")
    equal(channel.guest("ls"), "")


def takeover_in_mid_frame(channel):
    """A framed host ends in a frame's header or payload, and a client comes that knows nothing of frames."""
    for size in (1, 10, 100):
        with channel.bytes() as plain:
            plain.sync_again()
            framed = Framed(plain)
            plain.say(framed.request_wire("guest-sync", id=1, more="x" * 200)[:size])
            # On the same connection, as where nobody knows of connections.
            plain.sync_again()
            equal(plain.call("guest-ping"), {})
            framed = Framed(plain)
            plain.say(framed.request_wire("guest-sync", id=1, more="x" * 200)[:size])
        with channel.bytes() as plain:
            plain.sync_again()
            equal(plain.call("guest-ping"), {})
    works(channel, "after")


def events(channel):
    channel.host("""
guestwire --json events --since all $A agent-started job-ended >seen &
started $!
wait_for 'grep -qs agent-started seen'
kill $!
wait $! || true
job=$(guestwire exec --detach $A -- sh -c "until [ -e $T/go ]; do sleep 0.1; done; exit 5")
echo $job >job
guestwire --json events --since all $A agent-started job-ended >live &
started $!
wait_for 'grep -qs agent-started live'
! grep -qs $job live""")
    channel.guest("touch go")
    ended = channel.host("""
job=$(cat job)
wait_for 'grep -qs $job live'
kill $(tail -n 1 pids)
grep $job live""")
    event = json.loads(ended)
    equal((event["event"], event["data"]["exitcode"]), ("job-ended", 5))
    # And again, for one that comes later.
    since = f"{event['instance']}:{event['number'] - 1}"
    again = channel.host(f"guestwire --json events --since {since} --count 1 $A")
    equal(json.loads(again), event)


CASES = [handshake, text_commands, upgrade, streamed_exec, mebibyte_both_ways, resume, agent_restart, host_reconnects_50_times,
         junk_before_and_between, takeover_in_mid_frame, events]
