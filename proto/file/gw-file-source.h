/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/stat.h>

#include "gw-digest.h"
#include "gw-error.h"

G_BEGIN_DECLS

/* A file that is sent as pieces. All of it may take long: it is for a thread. */
typedef struct
{
  int fd;
  char *path;
  struct stat status; /* when it was opened */
  GwDigest *digest;   /* of all before @offset */
  guint64 offset;
  guint64 data_until; /* no hole is before that */
  gboolean flows;     /* what was read cannot be read again: a pipe */
  int wake_fd;        /* then: readable once it is stopped; not owned */
  gboolean ended;
  const int *stopped; /* set by somebody else, to end it soon */
} GwFileSource;

#define GW_FILE_SOURCE_INIT { .fd = -1 }

gboolean gw_file_source_open (GwFileSource *source, const char *path, GwDigestKind kind, const int *stopped,
                              GError **error);
gboolean gw_file_source_open_at (GwFileSource *source, int folder, const char *name, const char *path,
                                 GwDigestKind kind, const int *stopped, GError **error);
gboolean gw_file_source_open_fd (GwFileSource *source, int fd, int wake_fd, GwDigestKind kind, const int *stopped,
                                 GError **error);
void gw_file_source_clear (GwFileSource *source);
gboolean gw_file_source_skip (GwFileSource *source, guint64 offset, const char *untrusted_digest, GError **error);
GBytes *gw_file_source_read (GwFileSource *source, GError **error);

G_END_DECLS
