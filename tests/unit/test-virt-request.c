/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-libvirt without libvirt: what goes to it, in pieces where it must be,
 * and what its errors mean. */

#include <errno.h>
#include <libvirt/virterror.h>
#include <string.h>

#include "gw-limits.h"
#include "gw-virt-fault.h"
#include "gw-virt-request.h"

#define LOST "Guest agent is not responding: Guest agent disappeared while executing command"

/* --- What libvirt's errors mean ----------------------------------------- */

static void
test_agent_errors (void)
{
  static const struct
  {
    GwVirtStep step;
    int code;
    const char *text;
    int expected; /* a GwError, or -1 */
    const char *desc;
  } rows[] = {
    { GW_VIRT_CALLING, VIR_ERR_INTERNAL_ERROR,
      "internal error: unable to execute QEMU agent command 'guest-x': The command guest-x has not been found",
      GW_ERROR_COMMAND_NOT_FOUND, "The command guest-x has not been found" },
    { GW_VIRT_CALLING, VIR_ERR_INTERNAL_ERROR,
      "internal error: unable to execute QEMU agent command 'guest-x': Command guest-x has been disabled: by policy",
      GW_ERROR_DENIED, "Command guest-x has been disabled: by policy" },
    { GW_VIRT_CALLING, VIR_ERR_INTERNAL_ERROR,
      "internal error: unable to execute QEMU agent command 'guest-x': failed to open file '/a: b': No such file",
      GW_ERROR_GUEST, "failed to open file '/a: b': No such file" },
    /* A text that only looks like it. */
    { GW_VIRT_CALLING, VIR_ERR_INTERNAL_ERROR,
      "internal error: unable to execute QEMU agent command 'guest-x': the file has not been found", GW_ERROR_GUEST,
      "the file has not been found" },
    { GW_VIRT_CALLING, VIR_ERR_INTERNAL_ERROR,
      "Interner Fehler: Befehl des QEMU-Agenten »guest-x« kann nicht ausgeführt werden: The command guest-x has not been "
      "found",
      GW_ERROR_COMMAND_NOT_FOUND, "The command guest-x has not been found" },
    { GW_VIRT_CALLING, VIR_ERR_INTERNAL_ERROR, "internal error: End of file from agent socket", -1, NULL },
    { GW_VIRT_CALLING, VIR_ERR_AGENT_UNRESPONSIVE, LOST, -1, NULL },
    { GW_VIRT_CONNECTING, VIR_ERR_INTERNAL_ERROR, "internal error: guest-x: y", -1, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GwVirtFault fault = { .step = rows[i].step, .code = rows[i].code, .text = (char *) rows[i].text };
      g_autoptr (GError) error = gw_virt_fault_to_agent_error (&fault, "guest-x");

      g_assert_cmpint (error != NULL ? error->code : -1, ==, rows[i].expected);
      g_assert_cmpstr (error != NULL ? error->message : NULL, ==, rows[i].desc);
    }
}

static void
test_size_errors (void)
{
  static const struct
  {
    int code;
    int number;
    const char *text;
    gboolean expected;
  } rows[] = {
    { VIR_ERR_RPC, 0, "Unable to encode message payload", TRUE },
    { VIR_ERR_SYSTEM_ERROR, ERANGE, "No complete agent response found in 10485760 bytes: Numerical result out of range",
      TRUE },
    { VIR_ERR_RPC, 0, "received hangup event on socket", FALSE },
    { VIR_ERR_SYSTEM_ERROR, ECONNRESET, "Cannot recv data: Connection reset by peer", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GwVirtFault fault = { GW_VIRT_CALLING, rows[i].code, rows[i].number, (char *) rows[i].text };
      g_autoptr (GError) error = gw_virt_fault_to_size_error (&fault, "guest-x");

      g_assert_cmpint (error != NULL, ==, rows[i].expected);
      if (error != NULL)
        g_assert_nonnull (strstr (error->message, "has run"));
    }
}

static void
test_refusals (void)
{
  static const struct
  {
    GwVirtStep step;
    int code;
    int number;
    const char *text;
    gboolean silence;
    const char *reason;
    gboolean final;
  } rows[] = {
    { GW_VIRT_CONNECTING, VIR_ERR_NO_DOMAIN, 0, "Domain not found", FALSE, "connect", TRUE },
    { GW_VIRT_CONNECTING, VIR_ERR_SYSTEM_ERROR, EACCES, "Permission denied", FALSE, "connect", TRUE },
    { GW_VIRT_CONNECTING, VIR_ERR_AUTH_UNAVAILABLE, 0, "no polkit agent", FALSE, "connect", TRUE },
    { GW_VIRT_CONNECTING, VIR_ERR_SYSTEM_ERROR, ENOENT, "No such file", FALSE, "connect", FALSE },
    { GW_VIRT_CONNECTING, VIR_ERR_SYSTEM_ERROR, ECONNREFUSED, "Connection refused", FALSE, "connect", FALSE },
    { GW_VIRT_CONNECTING, VIR_ERR_NO_CONNECT, 0, "no connection driver available", FALSE, "connect", TRUE },
    { GW_VIRT_CALLING, VIR_ERR_NO_SUPPORT, 0, "not supported by the driver", FALSE, "connect", TRUE },
    { GW_VIRT_CALLING, VIR_ERR_ACCESS_DENIED, 0, "access denied", FALSE, "connect", TRUE },
    { GW_VIRT_CALLING, VIR_ERR_RPC, 0, "received hangup event on socket", FALSE, "connect", FALSE },
    { GW_VIRT_CALLING, VIR_ERR_ARGUMENT_UNSUPPORTED, 0, "QEMU guest agent is not configured", FALSE, "no-agent", TRUE },
    { GW_VIRT_CALLING, VIR_ERR_OPERATION_TIMEOUT, 0, "cannot acquire state change lock", FALSE, "busy", FALSE },
    { GW_VIRT_CALLING, VIR_ERR_OPERATION_INVALID, 0, "the domain is paused", FALSE, "no-answer", FALSE },
    { GW_VIRT_CALLING, VIR_ERR_AGENT_UNRESPONSIVE, 0, "QEMU guest agent is not connected", TRUE, "no-answer", FALSE },
    { GW_VIRT_CALLING, VIR_ERR_AGENT_UNSYNCED, 0, "wrong id", TRUE, "no-answer", FALSE },
    { GW_VIRT_CALLING, VIR_ERR_AGENT_UNRESPONSIVE, 0, "QEMU guest agent is not available due to an error", FALSE,
      "no-answer", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GwVirtFault fault = { rows[i].step, rows[i].code, rows[i].number, (char *) rows[i].text };
      g_auto (GwVirtRefusal) refusal = { 0 };

      gw_virt_fault_to_refusal (&fault, "vm1", &refusal);
      g_assert_cmpint (gw_virt_fault_is_silence (&fault), ==, rows[i].silence);
      g_assert_cmpstr (refusal.reason, ==, rows[i].reason);
      g_assert_cmpint (refusal.final, ==, rows[i].final);
    }
}

/* --- Requests ----------------------------------------------------------- */

static GStrv
texts_of (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (GwMessage) request = gw_message_parse (bytes, NULL);

  return gw_virt_request_to_texts (request, error);
}

static void
test_large_reads_are_cut (void)
{
  g_auto (GStrv) texts
      = texts_of ("{\"execute\":\"guest-file-read\",\"arguments\":{\"handle\":7,\"count\":40000000},\"id\":1}", NULL);

  g_assert_cmpstr (texts[0], ==, "{\"execute\":\"guest-file-read\",\"arguments\":{\"handle\":7,\"count\":2097152}}");
  g_assert_null (texts[1]);
}

static void
test_large_requests_are_refused (void)
{
  g_autofree char *data = g_strnfill (GW_LIBVIRT_TEXT_MAX, 'x');
  const char *const forms[] = {
    "{\"execute\":\"guest-x\",\"arguments\":{\"handle\":1,\"buf-b64\":\"%s\"}}",
    /* What is not cut: a count, no base64, no number. */
    "{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":1,\"buf-b64\":\"%s\",\"count\":3}}",
    "{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":1,\"buf-b64\":\"%s-AAA\"}}",
    "{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":1,\"buf-b64\":\"%sA\"}}",
    "{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":1,\"buf-b64\":\"%s=AAA\"}}",
    "{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":\"1\",\"buf-b64\":\"%s\"}}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_auto (GStrv) halves = g_strsplit (forms[i], "%s", 2);
      g_autofree char *text = g_strjoinv (data, halves);
      g_autoptr (GError) error = NULL;

      g_assert_null (texts_of (text, &error));
      g_assert_error (error, GW_ERROR, GW_ERROR_TOO_LARGE);
    }
}

static void
test_large_writes_go_in_pieces (void)
{
  gsize size = 2 * GW_LIBVIRT_PIECE_MAX + 100;
  g_autofree guint8 *bytes = g_malloc (size);
  g_autofree char *base64 = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GByteArray) joined = g_byte_array_new ();
  g_auto (GStrv) texts = NULL;

  for (gsize i = 0; i < size; i++)
    bytes[i] = (guint8) (i * 7 + i / 256);
  base64 = g_base64_encode (bytes, size);
  text = g_strdup_printf ("{\"execute\":\"guest-file-write\",\"arguments\":{\"buf-b64\":\"%s\",\"handle\":9}}", base64);
  texts = texts_of (text, NULL);
  g_assert_cmpuint (g_strv_length (texts), ==, 3);
  for (char **at = texts; *at != NULL; at++)
    {
      g_autoptr (JsonNode) root = gw_json_parse (*at, -1, NULL);
      JsonObject *arguments = json_object_get_object_member (json_node_get_object (root), "arguments");
      gsize length;
      g_autofree guint8 *part = g_base64_decode (json_object_get_string_member (arguments, "buf-b64"), &length);

      g_assert_cmpuint (strlen (*at), <=, GW_LIBVIRT_TEXT_MAX);
      g_assert_cmpint (json_object_get_int_member (arguments, "handle"), ==, 9);
      g_byte_array_append (joined, part, length);
    }
  g_assert_cmpmem (joined->data, joined->len, bytes, size);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/virt/fault/agent-errors", test_agent_errors);
  g_test_add_func ("/virt/fault/size-errors", test_size_errors);
  g_test_add_func ("/virt/fault/refusals", test_refusals);
  g_test_add_func ("/virt/request/large-reads-are-cut", test_large_reads_are_cut);
  g_test_add_func ("/virt/request/large-requests-are-refused", test_large_requests_are_refused);
  g_test_add_func ("/virt/request/large-writes-go-in-pieces", test_large_writes_go_in_pieces);
  return g_test_run ();
}
