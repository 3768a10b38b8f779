/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "gw-export.h"

G_BEGIN_DECLS

/**
 * GW_ERROR:
 *
 * The error domain of Guestwire, with codes of #GwError.
 */
#define GW_ERROR (gw_error_quark ())

/**
 * GwError:
 * @GW_ERROR_FAILED: something else went wrong
 * @GW_ERROR_INVALID_ADDRESS: an address that cannot be understood
 * @GW_ERROR_INVALID_JSON: a text that is no JSON, or passes a bound of gw-limits.h
 * @GW_ERROR_TOO_LARGE: a request, reply or value that passes a bound
 * @GW_ERROR_BUSY: too much is asked at once, or somebody else holds the channel
 * @GW_ERROR_CONNECT: the channel could not be opened
 * @GW_ERROR_NO_ANSWER: the channel is open and no agent answered in time
 * @GW_ERROR_NOT_DELIVERED: the call never left; it is safe to make it again
 * @GW_ERROR_TIMED_OUT: no reply in time; the command may have run
 * @GW_ERROR_PEER_LOST: the channel was lost in mid-call, or the agent could not read it;
 *   the command may have run
 * @GW_ERROR_PROTOCOL: the other side broke the protocol
 * @GW_ERROR_COMMAND_NOT_FOUND: the agent does not know the command
 * @GW_ERROR_DENIED: the agent knows the command and its policy blocks it
 * @GW_ERROR_GUEST: the command ran and failed; the message is the agent's
 * @GW_ERROR_PEER_RESTARTED: the agent was restarted in mid-call; the command may have run
 * @GW_ERROR_UNSUPPORTED: it takes frames, and the agent speaks text only; nothing was run.
 *   Of a character device: who is to have it cannot do that
 * @GW_ERROR_INVALID_XML: a text that is no XML, or says what nobody can do
 * @GW_ERROR_AMBIGUOUS: XML that may be in one form or another
 * @GW_ERROR_LOSSY: what has no place in the form that was asked for, and may be left out
 *
 * What can go wrong. Compare codes, never the message.
 */
typedef enum
{
  GW_ERROR_FAILED,
  GW_ERROR_INVALID_ADDRESS,
  GW_ERROR_INVALID_JSON,
  GW_ERROR_TOO_LARGE,
  GW_ERROR_BUSY,
  GW_ERROR_CONNECT,
  GW_ERROR_NO_ANSWER,
  GW_ERROR_NOT_DELIVERED,
  GW_ERROR_TIMED_OUT,
  GW_ERROR_PEER_LOST,
  GW_ERROR_PROTOCOL,
  GW_ERROR_COMMAND_NOT_FOUND,
  GW_ERROR_DENIED,
  GW_ERROR_GUEST,
  GW_ERROR_PEER_RESTARTED,
  GW_ERROR_UNSUPPORTED,
  GW_ERROR_INVALID_XML,
  GW_ERROR_AMBIGUOUS,
  GW_ERROR_LOSSY,
} GwError;

GW_PUBLIC GQuark gw_error_quark (void);

G_END_DECLS
