/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-get-vcpus and guest-set-vcpus: the processors, and whether they are in
 * use. Texts of errors are qemu-ga's. */

#include "gw-command-vcpus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gw-call-work.h"
#include "gw-limits.h"

static const char *folder = "/sys/devices/system/cpu";

/**
 * gw_command_vcpus_set_folder:
 * @path: where the kernel has processors; not copied
 */
void
gw_command_vcpus_set_folder (const char *path)
{
  folder = path;
}

static char *
file_of (gint64 processor)
{
  return g_strdup_printf ("%s/cpu%" G_GINT64_FORMAT "/online", folder, processor);
}

/* --- guest-get-vcpus -------------------------------------------------------------- */

static int
by_number (gconstpointer a, gconstpointer b)
{
  const guint *first = a, *second = b;

  return (*first > *second) - (*first < *second);
}

static GArray *
list_processors (GError **error)
{
  GArray *numbers;
  GDir *entries = g_dir_open (folder, 0, error);
  const char *name;

  if (entries == NULL)
    return NULL;
  numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  while ((name = g_dir_read_name (entries)) != NULL && numbers->len < GW_PROCESSORS_MAX)
    {
      guint number;
      char rest;

      if (sscanf (name, "cpu%u%c", &number, &rest) == 1)
        g_array_append_val (numbers, number);
    }
  g_dir_close (entries);
  g_array_sort (numbers, by_number);
  return numbers;
}

/* The first one of many machines has no such file: it is always there. */
static void
add_processor (JsonArray *list, guint number)
{
  g_autofree char *path = file_of (number);
  g_autofree char *text = NULL;
  JsonObject *processor = json_object_new ();
  gboolean can_offline = g_file_get_contents (path, &text, NULL, NULL);

  json_object_set_int_member (processor, "logical-id", number);
  json_object_set_boolean_member (processor, "online", !can_offline || text[0] != '0');
  json_object_set_boolean_member (processor, "can-offline", can_offline);
  json_array_add_object_element (list, processor);
}

static void
run_get_vcpus (GwCall *call, JsonObject *arguments)
{
  GError *error = NULL;
  g_autoptr (GArray) numbers = list_processors (&error);
  g_autoptr (JsonArray) list = NULL;

  if (numbers == NULL)
    {
      gw_call_fail (call, error);
      return;
    }
  list = json_array_new ();
  for (guint i = 0; i < numbers->len; i++)
    add_processor (list, g_array_index (numbers, guint, i));
  gw_call_return (call, json_node_init_array (json_node_alloc (), list));
}

/* --- guest-set-vcpus ---------------------------------------------------------------- */

typedef struct
{
  gint64 number;
  gboolean online;
} Wish;

static gboolean
fail (const char *call, const char *path, GError **error)
{
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "%s(\"%s\"): %s", call, path, g_strerror (errno));
  return FALSE;
}

static gboolean
write_wish (const Wish *wish, const char *path, GError **error)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean written;

  if (fd < 0)
    return fail ("open", path, error);
  written = write (fd, wish->online ? "1" : "0", 1) == 1 || fail ("write", path, error);
  close (fd);
  return written;
}

static gboolean
set_processor (const Wish *wish, GError **error)
{
  g_autofree char *path = file_of (wish->number);
  g_autofree char *parent = g_strndup (path, strlen (path) - strlen ("online"));

  if (access (path, F_OK) == 0)
    return write_wish (wish, path, error);
  if (access (parent, F_OK) != 0)
    return fail ("open", parent, error);
  if (wish->online)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "logical processor #%" G_GINT64_FORMAT " can't be offlined", wish->number);
  return FALSE;
}

/* In a thread: the kernel may take its time. Only the first one's failure is
 * an error; else the count tells how far it came. */
static JsonNode *
set_processors (gpointer data, GError **error)
{
  const GArray *wishes = data;
  guint count = 0;

  while (count < wishes->len && set_processor (&g_array_index (wishes, Wish, count), count == 0 ? error : NULL))
    count++;
  if (count == 0 && wishes->len > 0)
    return NULL;
  return json_node_init_int (json_node_alloc (), count);
}

static gboolean
take_wish (JsonNode *value, Wish *wish)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (value) ? json_node_get_object (value) : NULL;
  JsonNode *number = object != NULL ? json_object_get_member (object, "logical-id") : NULL;
  JsonNode *online = object != NULL ? json_object_get_member (object, "online") : NULL;

  if (number == NULL || json_node_get_value_type (number) != G_TYPE_INT64 || json_node_get_int (number) < 0 || online == NULL
      || json_node_get_value_type (online) != G_TYPE_BOOLEAN)
    return FALSE;
  *wish = (Wish){ json_node_get_int (number), json_node_get_boolean (online) };
  return TRUE;
}

static void
run_set_vcpus (GwCall *call, JsonObject *arguments)
{
  JsonNode *value = json_object_get_member (arguments, "vcpus");
  JsonArray *list = JSON_NODE_HOLDS_ARRAY (value) ? json_node_get_array (value) : NULL;
  GArray *wishes = g_array_new (FALSE, FALSE, sizeof (Wish));
  gboolean valid = list != NULL && json_array_get_length (list) <= GW_PROCESSORS_MAX;
  Wish wish;

  for (guint i = 0; valid && i < json_array_get_length (list); i++)
    {
      valid = take_wish (json_array_get_element (list, i), &wish);
      if (valid)
        g_array_append_val (wishes, wish);
    }
  if (valid)
    {
      gw_call_work (call, set_processors, wishes, (GDestroyNotify) g_array_unref);
      return;
    }
  g_array_unref (wishes);
  gw_call_fail (call, g_error_new_literal (GW_ERROR, GW_ERROR_FAILED,
                                           "Parameter 'vcpus' has to be an array of objects with logical-id and online"));
}

const GwCommand gw_commands_vcpus[] = {
  { "guest-get-vcpus", "Return the processors, and whether they are in use", "1.5", GW_COMMAND_PLAIN, run_get_vcpus,
    { { NULL } } },
  { "guest-set-vcpus", "Take processors into use, or out of it", "1.5", GW_COMMAND_PLAIN, run_set_vcpus,
    { { "vcpus", GW_ARGUMENT_ANY } } },
  { NULL },
};
