/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file that is copied: the object, and how far it is. The steps of it are in
 * gw-copy.c. */

#include "gw-transfer-private.h"

#include "gw-blocking.h"
#include "gw-copy.h"
#include "gw-enum-types.h"

/**
 * GwTransfer:
 *
 * Copies one regular file between this host and a guest, once.
 *
 * It goes through the agent's `guest-file` commands, so any agent that has
 * these will do. What arrives is written beside the name that it is to have,
 * and gets that name when it is whole: a copy that fails or is cancelled leaves
 * the old file as it was. In the guest this takes `guest-exec` and `/bin/sh`;
 * where the agent has or allows none, the file is written in place, and
 * #GwTransfer:in-place says so.
 *
 * The copy has the permission bits of its source: in the guest all of them,
 * here those that the umask lets pass. Without `guest-exec` they cannot be
 * known or set. The owner of an existing file in the guest stays its owner.
 *
 * It goes on after a lost answer and a lost channel, and begins again when the
 * agent was restarted.
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
  PROP_IN_PLACE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* --- How far it is ------------------------------------------------------ */

static void
take_text (GwTransfer *self, char **place, const char *text, guint prop)
{
  if (g_str_equal (*place, text))
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
gw_transfer_take_in_place (GwTransfer *self)
{
  self->in_place = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_IN_PLACE]);
}

/* --- Running ------------------------------------------------------------ */

/**
 * gw_transfer_run_async:
 * @transfer: a #GwTransfer that was not run before
 * @timeout_ms: how long it may take in all, in milliseconds;
 *   %GW_TIMEOUT_DEFAULT for a copy that takes as long as it likes while each
 *   answer of the agent comes within 30 seconds, %GW_TIMEOUT_NONE for no limit
 *   to either
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when the file is there, or will not be
 * @user_data: for @callback
 *
 * Copies the file. The client must be open.
 *
 * When it fails or is cancelled, it first tries for some seconds to remove its
 * traces in the guest.
 *
 * Since: 0.1
 */
void
gw_transfer_run_async (GwTransfer *transfer, int timeout_ms, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (GW_IS_TRANSFER (transfer));
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);
  g_return_if_fail (!transfer->started);

  transfer->started = TRUE;
  task = g_task_new (transfer, cancellable, callback, user_data);
  g_task_set_source_tag (task, gw_transfer_run_async);
  /* A file that is there counts. */
  g_task_set_check_cancellable (task, FALSE);
  gw_copy_start (task, timeout_ms);
}

/**
 * gw_transfer_run_finish:
 * @transfer: a #GwTransfer
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: %TRUE if the file was copied whole; else %FALSE with a #GFileError
 *   for what failed on this host, %GW_ERROR_GUEST for what failed in the
 *   guest, or another error as from gw_client_call_finish(). If anything of
 *   the copy is left in the guest, the message says where
 *
 * Since: 0.1
 */
gboolean
gw_transfer_run_finish (GwTransfer *transfer, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, transfer), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * gw_transfer_run:
 * @transfer: a #GwTransfer that was not run before
 * @timeout_ms: as for gw_transfer_run_async()
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Copies the file, and blocks until that is done.
 *
 * Returns: %TRUE if it was copied whole; else %FALSE with an error as from
 *   gw_transfer_run_finish()
 *
 * Since: 0.1
 */
gboolean
gw_transfer_run (GwTransfer *transfer, int timeout_ms, GCancellable *cancellable, GError **error)
{
  GwBlocking blocking;
  gboolean copied;

  g_return_val_if_fail (GW_IS_TRANSFER (transfer), FALSE);
  g_return_val_if_fail (timeout_ms >= GW_TIMEOUT_NONE, FALSE);
  g_return_val_if_fail (!transfer->started, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  gw_blocking_begin (&blocking, transfer->client);
  gw_transfer_run_async (transfer, timeout_ms, cancellable, gw_blocking_done, &blocking);
  copied = gw_transfer_run_finish (transfer, gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
  return copied;
}

/* --- What it is --------------------------------------------------------- */

/**
 * gw_transfer_get_client:
 * @transfer: a #GwTransfer
 *
 * Returns: (transfer none): what it goes through
 *
 * Since: 0.1
 */
GwClient *
gw_transfer_get_client (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), NULL);
  return transfer->client;
}

/**
 * gw_transfer_get_direction:
 * @transfer: a #GwTransfer
 *
 * Returns: which way it goes
 *
 * Since: 0.1
 */
GwTransferDirection
gw_transfer_get_direction (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), GW_TRANSFER_PUSH);
  return transfer->direction;
}

/**
 * gw_transfer_get_host_path:
 * @transfer: a #GwTransfer
 *
 * Returns: (transfer none) (type filename): the file on this host. Once it is
 *   known that a directory was named, the file in that
 *
 * Since: 0.1
 */
const char *
gw_transfer_get_host_path (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), NULL);
  return transfer->host_path;
}

/**
 * gw_transfer_get_guest_path:
 * @transfer: a #GwTransfer
 *
 * Returns: (transfer none): the file in the guest. Once it is known that a
 *   directory was named, the file in that
 *
 * Since: 0.1
 */
const char *
gw_transfer_get_guest_path (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), NULL);
  return transfer->guest_path;
}

/**
 * gw_transfer_get_bytes_done:
 * @transfer: a #GwTransfer
 *
 * Returns: how many bytes have arrived. It falls to 0 if the copy has to begin
 *   again
 *
 * Since: 0.1
 */
guint64
gw_transfer_get_bytes_done (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), 0);
  return transfer->bytes_done;
}

/**
 * gw_transfer_get_bytes_total:
 * @transfer: a #GwTransfer
 *
 * Returns: how many bytes there are, as far as is known; -1 if it is not
 *
 * Since: 0.1
 */
gint64
gw_transfer_get_bytes_total (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), -1);
  return transfer->bytes_total;
}

/**
 * gw_transfer_get_in_place:
 * @transfer: a #GwTransfer
 *
 * Returns: whether a file in the guest is, or was, written in place, since the
 *   agent runs no programs: one that fails then leaves a part
 *
 * Since: 0.1
 */
gboolean
gw_transfer_get_in_place (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), FALSE);
  return transfer->in_place;
}

/* --- The object --------------------------------------------------------- */

static void
gw_transfer_finalize (GObject *object)
{
  GwTransfer *self = GW_TRANSFER (object);

  g_free (self->host_path);
  g_free (self->guest_path);
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
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* Each property is told of by its function. */
static void
gw_transfer_class_init (GwTransferClass *class)
{
  const GParamFlags once = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
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
  props[PROP_IN_PLACE] = g_param_spec_boolean ("in-place", NULL, NULL, FALSE, told);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
gw_transfer_init (GwTransfer *self)
{
  self->bytes_total = -1;
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
