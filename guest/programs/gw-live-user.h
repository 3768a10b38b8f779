/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* Somebody whom a program may run as. To look for one may take long: where
 * users are known to a server, it is asked. */
typedef struct
{
  uid_t uid;
  gid_t gid;
  gid_t *groups;
  int n_groups;
  char *name;
  char *home;
  char *shell;
} GwLiveUser;

GwLiveUser *gw_live_user_find (const char *name, GError **error);
char **gw_live_user_set_environment (const GwLiveUser *user, char **environment);
char **gw_live_user_login_environment (const GwLiveUser *user);
char **gw_live_user_login_words (const GwLiveUser *user, char *const *arguments);
void gw_live_user_free (GwLiveUser *user);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwLiveUser, gw_live_user_free)

G_END_DECLS
