/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-json.h"
#include "gw-voice.h"

/* What an agent answers, as text and in frames. */
#define OK "{\"return\":{}}"
#define FAILED(desc) "{\"error\":{\"class\":\"GenericError\",\"desc\":\"" desc "\"}}"

/* A host's end of a socket pair, whose other end the agent's voices serve
 * in this process. */
typedef struct
{
  GwVoice *voice;
  GwSlots *slots;
  int fd;
  GString *in;
  gsize searched; /* up to here there is no end of a line */
  gboolean lost;
} Client;

void client_open_store (void);
void client_open (Client *client);
void client_close (Client *client);
void say_bytes (Client *client, const char *text, gsize length);
void say (Client *client, const char *text);
char *hear (Client *client);
void assert_hear (Client *client, const char *expected);
void assert_nothing_else (Client *client);
JsonNode *hear_value (Client *client);
JsonObject *hear_return (Client *client);

void set_policy (const char *allow, const char *block);
