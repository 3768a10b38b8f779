/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* By what both sides tell that a file arrived as it was: XXH64, which costs
 * next to nothing, or SHA-256. Knows no file. */

#include "gw-digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "gw-limits.h"

struct _GwDigest
{
  GwDigestKind kind;
  XXH64_state_t xxh64;
  GChecksum *sha256;
};

static const char *const names[] = { "xxh64", "sha256" };

gboolean
gw_digest_kind_from_name (const char *untrusted_name, GwDigestKind *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], untrusted_name))
      {
        *kind = i;
        return TRUE;
      }
  return FALSE;
}

const char *
gw_digest_kind_name (GwDigestKind kind)
{
  return names[kind];
}

GwDigest *
gw_digest_new (GwDigestKind kind)
{
  GwDigest *digest = g_new0 (GwDigest, 1);

  digest->kind = kind;
  if (kind == GW_DIGEST_SHA256)
    digest->sha256 = g_checksum_new (G_CHECKSUM_SHA256);
  gw_digest_begin_again (digest);
  return digest;
}

void
gw_digest_free (GwDigest *digest)
{
  g_clear_pointer (&digest->sha256, g_checksum_free);
  g_free (digest);
}

void
gw_digest_begin_again (GwDigest *digest)
{
  if (digest->kind == GW_DIGEST_SHA256)
    g_checksum_reset (digest->sha256);
  else
    XXH64_reset (&digest->xxh64, 0);
}

void
gw_digest_add (GwDigest *digest, const void *data, gsize length)
{
  if (digest->kind == GW_DIGEST_SHA256)
    g_checksum_update (digest->sha256, data, length);
  else
    XXH64_update (&digest->xxh64, data, length);
}

/**
 * gw_digest_add_zeros:
 * @stopped: looked at meanwhile, as a hole may be of any size
 *
 * Returns: %FALSE if it was stopped
 */
gboolean
gw_digest_add_zeros (GwDigest *digest, guint64 length, const int *stopped)
{
  static const guint8 zeros[64 * GW_KIB];

  while (length > 0 && !g_atomic_int_get (stopped))
    {
      gsize part = MIN (length, sizeof zeros);

      gw_digest_add (digest, zeros, part);
      length -= part;
    }
  return length == 0;
}

/* Returns: (transfer full): in hexadecimal digits; more may be added behind */
char *
gw_digest_dup_text (const GwDigest *digest)
{
  g_autoptr (GChecksum) copy = NULL;

  if (digest->kind == GW_DIGEST_XXH64)
    return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", (guint64) XXH64_digest (&digest->xxh64));
  copy = g_checksum_copy (digest->sha256);
  return g_strdup (g_checksum_get_string (copy));
}

/* Whether the other side has seen the same bytes, by what it says of them. */
gboolean
gw_digest_is (const GwDigest *digest, const char *untrusted_text)
{
  g_autofree char *text = gw_digest_dup_text (digest);

  return g_str_equal (text, untrusted_text);
}
