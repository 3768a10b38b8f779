/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A digest of bytes that come one part after another. */
typedef enum
{
  GW_DIGEST_XXH64,
  GW_DIGEST_SHA256,
} GwDigestKind;

typedef struct _GwDigest GwDigest;

gboolean gw_digest_kind_from_name (const char *untrusted_name, GwDigestKind *kind);
const char *gw_digest_kind_name (GwDigestKind kind);

GwDigest *gw_digest_new (GwDigestKind kind);
void gw_digest_free (GwDigest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwDigest, gw_digest_free)

void gw_digest_begin_again (GwDigest *digest);
void gw_digest_add (GwDigest *digest, const void *data, gsize length);
gboolean gw_digest_add_zeros (GwDigest *digest, guint64 length, const int *stopped);
char *gw_digest_dup_text (const GwDigest *digest);
gboolean gw_digest_is (const GwDigest *digest, const char *untrusted_text);

G_END_DECLS
