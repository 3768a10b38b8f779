/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which processes have a socket or file open. First say what you want to know
 * of, then look once. */
typedef struct _GwFdOwners GwFdOwners;

typedef struct
{
  GPid pid;
  char *name; /* of its program; at most 15 bytes, perhaps no UTF-8 */
} GwFdOwner;

GwFdOwners *gw_fd_owners_new (void);
void gw_fd_owners_free (GwFdOwners *owners);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwFdOwners, gw_fd_owners_free)

void gw_fd_owners_want_socket (GwFdOwners *owners, guint32 inode);
void gw_fd_owners_want_file (GwFdOwners *owners, const char *path);
void gw_fd_owners_look (GwFdOwners *owners);
gboolean gw_fd_owners_saw_all (const GwFdOwners *owners);
const GwFdOwner *gw_fd_owners_find_socket (const GwFdOwners *owners, guint32 inode, GPid besides);
const GwFdOwner *gw_fd_owners_find_file (const GwFdOwners *owners, const char *path, GPid besides);

G_END_DECLS
