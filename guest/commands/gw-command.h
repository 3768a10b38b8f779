/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-error.h"
#include "gw-streams.h"

G_BEGIN_DECLS

/* A command is a row of a table. Checking of arguments, guest-info and the
 * documentation come from the row, so a handler sees only valid arguments. */

typedef struct _GwCall GwCall;

typedef enum
{
  GW_ARGUMENT_STRING,
  GW_ARGUMENT_INT,
  GW_ARGUMENT_BOOL,
  GW_ARGUMENT_STRINGS, /* an array of strings */
  GW_ARGUMENT_ANY,     /* the handler checks it */
} GwArgumentType;

typedef struct
{
  const char *name;
  GwArgumentType type;
  gboolean optional;
} GwArgument;

typedef enum
{
  GW_COMMAND_PLAIN = 0,
  GW_COMMAND_DELIMITED = 1 << 0,  /* a byte 0xFF goes ahead of the reply */
  GW_COMMAND_NO_SUCCESS = 1 << 1, /* success-response: false in guest-info */
  GW_COMMAND_IN_FRAMES = 1 << 2,  /* the text voice does not have it */
  GW_COMMAND_IN_TEXT = 1 << 3,    /* frames do not have it; the voice itself answers it */
  GW_COMMAND_WHILE_FROZEN = 1 << 4, /* writes to no file system, so that it is there while they are frozen */
} GwCommandFlags;

typedef struct
{
  const char *name;
  const char *summary; /* one line */
  const char *since;   /* the release of QEMU's schema, or of ours, that has it */
  GwCommandFlags flags;
  void (*run) (GwCall *call, JsonObject *arguments);
  GwArgument arguments[10];   /* ends with a NULL name */
  const char *const *implies; /* names of those whose rules hold for it, up to NULL; or NULL: its own */
} GwCommand;

/* Each group of commands is a file with its table. A table ends with a NULL
 * name. */
extern const GwCommand gw_commands_sync[];
extern const GwCommand gw_commands_info[];
extern const GwCommand gw_commands_os[];
extern const GwCommand gw_commands_exec[];
extern const GwCommand gw_commands_file[];
extern const GwCommand gw_commands_time[];
extern const GwCommand gw_commands_set_time[];
extern const GwCommand gw_commands_power[];
extern const GwCommand gw_commands_live[];
extern const GwCommand gw_commands_transfer[];
extern const GwCommand gw_commands_job[];
extern const GwCommand gw_commands_forward[];
extern const GwCommand gw_commands_events[];
extern const GwCommand gw_commands_freeze[];
extern const GwCommand gw_commands_fs[];
extern const GwCommand gw_commands_network[];
extern const GwCommand gw_commands_users[];
extern const GwCommand gw_commands_vcpus[];

/* Every call is ended exactly once, now or later, by one of these. */
void gw_call_return (GwCall *call, JsonNode *value);
void gw_call_return_object (GwCall *call, JsonObject *value);
void gw_call_fail (GwCall *call, GError *error);
void gw_call_end_silently (GwCall *call);

/* What happens to a call that was not ended yet. */
typedef enum
{
  GW_CALL_CANCELLED, /* who asked wants no more of it; the answer is due as before */
  GW_CALL_ABANDONED, /* nobody will get the answer, and its streams are gone */
} GwCallFate;

typedef void (*GwCallFateFunc) (GwCall *call, GwCallFate fate, gpointer data);

void gw_call_watch (GwCall *call, GwCallFateFunc func, gpointer data);
GwStreams *gw_call_get_streams (GwCall *call);
guint64 gw_call_get_id (GwCall *call);

/* For handlers: a member that the table says is there or may be. */
const char *gw_argument_string (JsonObject *arguments, const char *name);
char **gw_argument_dup_strings (JsonObject *arguments, const char *name);

G_END_DECLS
