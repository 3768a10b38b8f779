/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Standard streams belong to others too, so they are left in the mode they
 * are in: a read comes when there is something, and a write blocks in a thread
 * of its own, while the channel lives on. */

#include "cli-pump.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define PIECE 65536

struct _CliPump
{
  int fd;
  GInputStream *from; /* or: */
  GOutputStream *to;
  CliPumpFunc done;
  gpointer user_data;

  GCancellable *cancellable;
  guint source;
  guint8 buffer[PIECE];
  guint8 typed[PIECE / 2]; /* with what was kept back before it, it fits there */
  CliKeys *keys; /* NULL: nobody types */
  CliPumpWishFunc wish;
};

static CliPump *
pump_new (int fd, CliPumpFunc done, gpointer user_data)
{
  CliPump *pump = g_rc_box_new0 (CliPump);

  pump->fd = fd;
  pump->done = done;
  pump->user_data = user_data;
  pump->cancellable = g_cancellable_new ();
  return pump;
}

static void
pump_clear (gpointer data)
{
  CliPump *pump = data;

  g_clear_object (&pump->from);
  g_clear_object (&pump->to);
  g_object_unref (pump->cancellable);
}

static void
pump_unref (CliPump *pump)
{
  g_rc_box_release_full (pump, pump_clear);
}

/* It is silent from here on. */
void
cli_pump_free (CliPump *pump)
{
  g_clear_handle_id (&pump->source, g_source_remove);
  pump->done = NULL;
  g_cancellable_cancel (pump->cancellable);
  pump_unref (pump);
}

static void
end (CliPump *pump, int problem)
{
  CliPumpFunc done = pump->done;

  pump->done = NULL;
  if (done != NULL)
    done (pump, problem, pump->user_data);
}

/* --- Out ---------------------------------------------------------------- */

static void read_on (CliPump *pump);

static void
write_in_thread (GTask *task, gpointer object, gpointer data, GCancellable *cancellable)
{
  gsize length;
  gconstpointer bytes = g_bytes_get_data (g_task_get_task_data (task), &length);
  int fd = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (task), "fd"));

  g_task_return_int (task, cli_write (fd, bytes, length));
}

static void
on_written_out (GObject *object, GAsyncResult *result, gpointer data)
{
  CliPump *pump = data;
  gssize problem = g_task_propagate_int (G_TASK (result), NULL);

  if (pump->done != NULL && problem == 0)
    read_on (pump);
  else
    end (pump, (int) problem);
  pump_unref (pump);
}

static void
on_read (GObject *object, GAsyncResult *result, gpointer data)
{
  CliPump *pump = data;
  g_autoptr (GBytes) bytes = g_input_stream_read_bytes_finish (pump->from, result, NULL);
  g_autoptr (GTask) task = NULL;

  /* Why it broke, the program's end tells. */
  if (bytes == NULL || g_bytes_get_size (bytes) == 0)
    end (pump, 0);
  else if (pump->done != NULL)
    {
      task = g_task_new (NULL, NULL, on_written_out, g_rc_box_acquire (pump));
      g_task_set_task_data (task, g_steal_pointer (&bytes), (GDestroyNotify) g_bytes_unref);
      g_object_set_data (G_OBJECT (task), "fd", GINT_TO_POINTER (pump->fd));
      g_task_run_in_thread (task, write_in_thread);
    }
  pump_unref (pump);
}

static void
read_on (CliPump *pump)
{
  g_input_stream_read_bytes_async (pump->from, PIECE, G_PRIORITY_DEFAULT, pump->cancellable, on_read,
                                   g_rc_box_acquire (pump));
}

/**
 * cli_pump_new_out:
 * @done: called once, unless it is freed before
 *
 * Returns: (transfer full): a pump from @from to @fd
 */
CliPump *
cli_pump_new_out (GInputStream *from, int fd, CliPumpFunc done, gpointer user_data)
{
  CliPump *pump = pump_new (fd, done, user_data);

  pump->from = g_object_ref (from);
  read_on (pump);
  return pump;
}

/* --- In ----------------------------------------------------------------- */

static void wait_for_input (CliPump *pump);

static void
on_written_in (GObject *object, GAsyncResult *result, gpointer data)
{
  CliPump *pump = data;

  /* A program that reads no more is none of our problems. */
  if (!g_output_stream_write_all_finish (pump->to, result, NULL, NULL))
    end (pump, 0);
  else if (pump->done != NULL)
    wait_for_input (pump);
  pump_unref (pump);
}

static void
close_input (CliPump *pump)
{
  g_output_stream_close_async (pump->to, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
}

static void
send (CliPump *pump, gsize length)
{
  if (length > 0)
    g_output_stream_write_all_async (pump->to, pump->buffer, length, G_PRIORITY_DEFAULT, pump->cancellable, on_written_in,
                                     g_rc_box_acquire (pump));
  else
    wait_for_input (pump);
}

/* What was typed behind a wish to leave is for nobody. */
static void
take_keys (CliPump *pump, gsize length)
{
  g_autoptr (GByteArray) typed = g_byte_array_sized_new (length);
  const guint8 *at = pump->typed;
  CliKeysWish wish;

  while ((wish = cli_keys_take (pump->keys, &at, &length, typed)) != CLI_KEYS_ALL)
    {
      pump->wish (wish, pump->user_data);
      if (wish == CLI_KEYS_LEAVE)
        return;
    }
  memcpy (pump->buffer, typed->data, typed->len);
  send (pump, typed->len);
}

static gboolean
on_input (int fd, GIOCondition condition, gpointer data)
{
  CliPump *pump = data;
  gssize length = pump->keys != NULL ? read (fd, pump->typed, sizeof pump->typed)
                                     : read (fd, pump->buffer, sizeof pump->buffer);
  int problem = errno;

  if (length < 0 && (problem == EINTR || problem == EAGAIN))
    return G_SOURCE_CONTINUE;
  pump->source = 0;
  if (length > 0 && pump->keys != NULL)
    take_keys (pump, length);
  else if (length > 0)
    send (pump, length);
  else
    {
      close_input (pump);
      /* A raw terminal has no end but that it is hung up. */
      end (pump, length < 0 ? problem : pump->keys != NULL ? EIO : 0);
    }
  return G_SOURCE_REMOVE;
}

static void
wait_for_input (CliPump *pump)
{
  pump->source = g_unix_fd_add (pump->fd, G_IO_IN | G_IO_HUP | G_IO_ERR | G_IO_NVAL, on_input, pump);
}

/**
 * cli_pump_new_in:
 * @keys: (nullable): of somebody who types on a raw terminal
 * @wish: called for what that asks for
 * @done: called once, unless it is freed before
 *
 * Returns: (transfer full): a pump from @fd to @to
 */
CliPump *
cli_pump_new_in (int fd, GOutputStream *to, CliKeys *keys, CliPumpWishFunc wish, CliPumpFunc done, gpointer user_data)
{
  CliPump *pump = pump_new (fd, done, user_data);

  pump->to = g_object_ref (to);
  pump->keys = keys;
  pump->wish = wish;
  wait_for_input (pump);
  return pump;
}
