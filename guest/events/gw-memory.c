/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel wakes whoever has asked it to when tasks had to wait for memory
 * for too long (Documentation/accounting/psi.rst). While that lasts it does so
 * each window; one event tells of all of it. */

#include "gw-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#include "gw-limits.h"

struct _GwMemory
{
  GwEvents *events;
  int fd;
  guint source;
  gint64 stalled_us; /* when it last was so; -1: never */
};

/**
 * gw_memory_read_size:
 * @meminfo: what /proc/meminfo says
 * @bytes: (out): what its line @name does
 */
gboolean
gw_memory_read_size (const char *meminfo, const char *name, gint64 *bytes)
{
  g_autofree char *start = g_strconcat (name, ":", NULL);

  for (const char *line = meminfo; line != NULL; line = strchr (line, '\n'))
    {
      line += *line == '\n' ? 1 : 0;
      if (g_str_has_prefix (line, start))
        {
          *bytes = g_ascii_strtoll (line + strlen (start), NULL, 10) * GW_KIB;
          return TRUE;
        }
    }
  return FALSE;
}

static void
tell (GwMemory *memory)
{
  JsonObject *data = json_object_new ();
  g_autofree char *meminfo = NULL;
  gint64 bytes;

  g_file_get_contents ("/proc/meminfo", &meminfo, NULL, NULL);
  if (meminfo != NULL && gw_memory_read_size (meminfo, "MemTotal", &bytes))
    json_object_set_int_member (data, "total", bytes);
  if (meminfo != NULL && gw_memory_read_size (meminfo, "MemAvailable", &bytes))
    json_object_set_int_member (data, "available", bytes);
  gw_events_tell_object (memory->events, "memory-low", data);
}

/**
 * gw_memory_take_stall:
 *
 * Tasks wait for memory. Told if they had not for a while.
 */
void
gw_memory_take_stall (GwMemory *memory, gint64 now_us)
{
  gboolean again = memory->stalled_us >= 0 && now_us - memory->stalled_us < GW_MEMORY_AGAIN_US;

  memory->stalled_us = now_us;
  if (!again)
    tell (memory);
}

static gboolean
on_pressure (int fd, GIOCondition condition, gpointer data)
{
  GwMemory *memory = data;

  if (condition & (G_IO_ERR | G_IO_NVAL))
    {
      /* The kernel watches no more. */
      memory->source = 0;
      return G_SOURCE_REMOVE;
    }
  gw_memory_take_stall (memory, g_get_monotonic_time ());
  return G_SOURCE_CONTINUE;
}

static gboolean
watch (GwMemory *memory, const char *path, GError **error)
{
  g_autofree char *trigger = g_strdup_printf ("some %d %d", GW_MEMORY_STALL_US, GW_MEMORY_WINDOW_US);

  memory->fd = open (path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (memory->fd < 0 || write (memory->fd, trigger, strlen (trigger) + 1) < 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "%s: %s", path, g_strerror (errno));
      return FALSE;
    }
  /* Not by way of our epoll descriptor: to poll it takes the news away (psi_trigger_poll()
   * in the kernel), and what is polled in another's epoll is polled twice. */
  memory->source = g_unix_fd_add (memory->fd, G_IO_PRI | G_IO_ERR, on_pressure, memory);
  return TRUE;
}

/**
 * gw_memory_new:
 * @events: where to tell of it; outlives this
 * @path: %GW_PRESSURE_PATH, but for tests
 */
GwMemory *
gw_memory_new (GwEvents *events, const char *path, GError **error)
{
  g_autoptr (GwMemory) memory = g_new0 (GwMemory, 1);

  memory->events = events;
  memory->stalled_us = -1;
  if (!watch (memory, path, error))
    return NULL;
  return g_steal_pointer (&memory);
}

void
gw_memory_free (GwMemory *memory)
{
  g_clear_handle_id (&memory->source, g_source_remove);
  if (memory->fd >= 0)
    close (memory->fd);
  g_free (memory);
}
