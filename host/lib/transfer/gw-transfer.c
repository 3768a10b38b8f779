/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are copied: the object, and how far it is. What may be asked of it
 * is in gw-transfer-ask.c, how it is run in gw-transfer-run.c. */

#include "gw-transfer-private.h"

#include "gw-enum-types.h"

/**
 * GwTransfer:
 *
 * Copies a regular file, or a folder, between this host and a guest, once.
 *
 * Where the client speaks frames (see #GwClient:wants-frames) and the agent has
 * `guestwire-file-push` and `guestwire-file-pull`, it goes over a stream, with
 * its holes, the time of its last change, and a digest that is checked before
 * the file gets its name. What is interrupted there leaves what has come, if it
 * is 1 MiB: see #GwTransfer:resumable.
 *
 * With %GW_TRANSFER_RECURSIVE a folder goes with all that is in it, links as
 * links. A folder that is there already keeps its traits, and what it has
 * besides. What of it cannot be copied is told with #GwTransfer::file-failed,
 * and the rest is; then the run fails at its end with %GW_ERROR_FAILED.
 *
 * Else it goes through the agent's `guest-file` commands, so any agent that has
 * these will do. What arrives is written beside the name that it is to have,
 * and gets that name when it is whole: a copy that fails or is cancelled leaves
 * the old file as it was. In the guest this takes `guest-exec` and `/bin/sh`;
 * where the agent has or allows none, the file is written in place, and
 * #GwTransfer:in-place says so.
 *
 * The copy has the permission bits of its source: in the guest all of them,
 * here those that the umask lets pass. Without `guest-exec` they cannot be
 * known or set. The owner of an existing file stays its owner.
 *
 * It goes on after a lost answer and a lost channel, and when the agent was
 * restarted: over a stream from where it was, else from the beginning. A folder,
 * and what comes from a descriptor or goes to one, does not outlive the agent.
 *
 * It belongs to the thread that its #GwClient belongs to.
 *
 * Since: 0.1
 */
G_DEFINE_TYPE (GwTransfer, gw_transfer, G_TYPE_OBJECT)

enum
{
  PROP_CLIENT = 1,
  PROP_DIRECTION,
  PROP_HOST_PATH,
  PROP_GUEST_PATH,
  PROP_BYTES_DONE,
  PROP_BYTES_TOTAL,
  PROP_FLAGS,
  PROP_OWNER,
  PROP_HOST_FD,
  PROP_FILES_DONE,
  PROP_FILES_FAILED,
  PROP_DIGEST,
  PROP_RESUMABLE,
  PROP_IN_PLACE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

enum
{
  SIGNAL_FILE_FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* --- How far it is ------------------------------------------------------ */

static void
take_text (GwTransfer *self, char **place, const char *text, guint prop)
{
  if (g_strcmp0 (*place, text) == 0)
    return;
  g_free (*place);
  *place = g_strdup (text);
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
}

void
gw_transfer_take_host_path (GwTransfer *self, const char *path)
{
  take_text (self, &self->host_path, path, PROP_HOST_PATH);
}

void
gw_transfer_take_guest_path (GwTransfer *self, const char *path)
{
  take_text (self, &self->guest_path, path, PROP_GUEST_PATH);
}

void
gw_transfer_take_total (GwTransfer *self, gint64 bytes)
{
  if (self->bytes_total == bytes)
    return;
  self->bytes_total = bytes;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_BYTES_TOTAL]);
}

/* A source may grow meanwhile. */
void
gw_transfer_take_done (GwTransfer *self, guint64 bytes)
{
  if (self->bytes_done == bytes)
    return;
  self->bytes_done = bytes;
  if (self->bytes_total >= 0 && bytes > (guint64) self->bytes_total)
    gw_transfer_take_total (self, (gint64) bytes);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_BYTES_DONE]);
}

void
gw_transfer_take_files (GwTransfer *self, guint64 files)
{
  if (self->files_done == files)
    return;
  self->files_done = files;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FILES_DONE]);
}

void
gw_transfer_take_digest (GwTransfer *self, const char *digest)
{
  take_text (self, &self->digest, digest, PROP_DIGEST);
}

void
gw_transfer_add_failed (GwTransfer *self, guint64 count)
{
  if (count == 0)
    return;
  self->files_failed += count;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FILES_FAILED]);
}

void
gw_transfer_tell_failed (GwTransfer *self, const char *untrusted_message)
{
  g_signal_emit (self, signals[SIGNAL_FILE_FAILED], 0, untrusted_message);
}

void
gw_transfer_take_in_place (GwTransfer *self)
{
  self->in_place = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_IN_PLACE]);
}

/* --- The object --------------------------------------------------------- */

static void
gw_transfer_finalize (GObject *object)
{
  GwTransfer *self = GW_TRANSFER (object);

  g_free (self->host_path);
  g_free (self->guest_path);
  g_free (self->owner);
  g_free (self->digest);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (gw_transfer_parent_class)->finalize (object);
}

static void
gw_transfer_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GwTransfer *self = GW_TRANSFER (object);

  switch (id)
    {
    case PROP_CLIENT:
      g_value_set_object (value, self->client);
      break;
    case PROP_DIRECTION:
      g_value_set_enum (value, self->direction);
      break;
    case PROP_HOST_PATH:
      g_value_set_string (value, self->host_path);
      break;
    case PROP_GUEST_PATH:
      g_value_set_string (value, self->guest_path);
      break;
    case PROP_BYTES_DONE:
      g_value_set_uint64 (value, self->bytes_done);
      break;
    case PROP_BYTES_TOTAL:
      g_value_set_int64 (value, self->bytes_total);
      break;
    case PROP_FLAGS:
      g_value_set_flags (value, self->flags);
      break;
    case PROP_OWNER:
      g_value_set_string (value, self->owner);
      break;
    case PROP_HOST_FD:
      g_value_set_int (value, self->host_fd);
      break;
    case PROP_FILES_DONE:
      g_value_set_uint64 (value, self->files_done);
      break;
    case PROP_FILES_FAILED:
      g_value_set_uint64 (value, self->files_failed);
      break;
    case PROP_DIGEST:
      g_value_set_string (value, self->digest);
      break;
    case PROP_RESUMABLE:
      g_value_set_boolean (value, self->resumable);
      break;
    case PROP_IN_PLACE:
      g_value_set_boolean (value, self->in_place);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
gw_transfer_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GwTransfer *self = GW_TRANSFER (object);

  switch (id)
    {
    case PROP_CLIENT:
      self->client = g_value_dup_object (value);
      break;
    case PROP_DIRECTION:
      self->direction = g_value_get_enum (value);
      break;
    case PROP_HOST_PATH:
      self->host_path = g_value_dup_string (value);
      break;
    case PROP_GUEST_PATH:
      self->guest_path = g_value_dup_string (value);
      break;
    case PROP_FLAGS:
      self->flags = g_value_get_flags (value);
      break;
    case PROP_OWNER:
      g_free (self->owner);
      self->owner = g_value_dup_string (value);
      break;
    case PROP_HOST_FD:
      self->host_fd = g_value_get_int (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* Each property is told of by its function. */
static void
gw_transfer_class_init (GwTransferClass *class)
{
  const GParamFlags once = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  const GParamFlags before = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  const GParamFlags told = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->finalize = gw_transfer_finalize;
  object_class->get_property = gw_transfer_get_property;
  object_class->set_property = gw_transfer_set_property;

  props[PROP_CLIENT] = g_param_spec_object ("client", NULL, NULL, GW_TYPE_CLIENT, once);
  props[PROP_DIRECTION]
      = g_param_spec_enum ("direction", NULL, NULL, GW_TYPE_TRANSFER_DIRECTION, GW_TRANSFER_PUSH, once);
  props[PROP_HOST_PATH] = g_param_spec_string ("host-path", NULL, NULL, NULL, once);
  props[PROP_GUEST_PATH] = g_param_spec_string ("guest-path", NULL, NULL, NULL, once);
  props[PROP_BYTES_DONE] = g_param_spec_uint64 ("bytes-done", NULL, NULL, 0, G_MAXUINT64, 0, told);
  props[PROP_BYTES_TOTAL] = g_param_spec_int64 ("bytes-total", NULL, NULL, -1, G_MAXINT64, -1, told);
  props[PROP_FLAGS] = g_param_spec_flags ("flags", NULL, NULL, GW_TYPE_TRANSFER_FLAGS, 0, before);
  props[PROP_OWNER] = g_param_spec_string ("owner", NULL, NULL, NULL, before);
  props[PROP_HOST_FD] = g_param_spec_int ("host-fd", NULL, NULL, -1, G_MAXINT, -1, before);
  props[PROP_FILES_DONE] = g_param_spec_uint64 ("files-done", NULL, NULL, 0, G_MAXUINT64, 0, told);
  props[PROP_FILES_FAILED] = g_param_spec_uint64 ("files-failed", NULL, NULL, 0, G_MAXUINT64, 0, told);
  props[PROP_DIGEST] = g_param_spec_string ("digest", NULL, NULL, NULL, told);
  props[PROP_RESUMABLE] = g_param_spec_boolean ("resumable", NULL, NULL, FALSE, told);
  props[PROP_IN_PLACE] = g_param_spec_boolean ("in-place", NULL, NULL, FALSE, told);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * GwTransfer::file-failed:
   * @transfer: the #GwTransfer
   * @message: what failed, with the file's path. It may be the guest's, and is
   *   to be escaped for a terminal
   *
   * Something in a folder was not copied; the rest is. Of many, only the first
   * are told: #GwTransfer:files-failed counts all, but for sockets, pipes and
   * devices, which are only told of.
   *
   * Since: 0.1
   */
  signals[SIGNAL_FILE_FAILED] = g_signal_new ("file-failed", GW_TYPE_TRANSFER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                              G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
gw_transfer_init (GwTransfer *self)
{
  self->bytes_total = -1;
  self->host_fd = -1;
}

/**
 * gw_transfer_new:
 * @client: what it goes through
 * @direction: which way
 * @host_path: (type filename): the file on this host; where it is pulled to,
 *   also a directory, in which it has its name of the guest
 * @guest_path: the file in the guest, by its absolute path; where it is pushed
 *   to, also a directory, in which it has its name of this host
 *
 * Returns: (transfer full): a new #GwTransfer, which has not been run
 *
 * Since: 0.1
 */
GwTransfer *
gw_transfer_new (GwClient *client, GwTransferDirection direction, const char *host_path, const char *guest_path)
{
  g_return_val_if_fail (GW_IS_CLIENT (client), NULL);
  g_return_val_if_fail (host_path != NULL && host_path[0] != '\0', NULL);
  g_return_val_if_fail (guest_path != NULL && guest_path[0] != '\0', NULL);

  return g_object_new (GW_TYPE_TRANSFER, "client", client, "direction", direction, "host-path", host_path,
                       "guest-path", guest_path, NULL);
}
