/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A channel's socket that was found where some manager puts them. */
typedef struct
{
  const char *manager; /* static */
  const char *kind;    /* static */
  char *path;
  char *domain;        /* a name, perhaps cut, or whatever else stands for it */
  gboolean is_cut;
  char *uuid;          /* these three may be NULL */
  char *id;
  char *channel;
} GwDomainPlace;

GPtrArray *gw_domain_places_find (const char *root);

G_END_DECLS
