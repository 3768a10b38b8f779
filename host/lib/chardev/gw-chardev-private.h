/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-chardev.h"

G_BEGIN_DECLS

/* What an <address> says, where it is none of virtio-serial's. */
typedef struct
{
  char *name;
  char *value;
} GwChardevAttribute;

/* What is not said is NULL, -1 or GW_CHARDEV_SWITCH_UNSET. Readers fill it in; after that it never changes. */
struct _GwChardev
{
  GObject parent_instance;

  GwChardevDevice device;
  GwChardevKind kind;
  GwChardevForm form;
  guint line;
  char *origin; /* the element and its type, as they were written */

  GwChardevMode mode;
  char *path;
  int host_port; /* the RFC's, of which path is Linux' name */
  char *host;
  char *service;
  char *bind_host;
  char *bind_service;
  char *source_channel; /* of spiceport and dbus */
  char *master;         /* of nmdm */
  char *slave;
  gboolean telnet;
  gboolean wait;
  gboolean nodelay;
  GwChardevSwitch tls;
  int reconnect; /* seconds; 0: never */
  GwChardevSwitch append;
  GwChardevSwitch clipboard; /* of qemu-vdagent */
  GwChardevSwitch mouse;     /* on: the client draws it */
  char *log_path;
  GwChardevSwitch log_append;

  char *target_type;
  char *target_model;
  char *target_name;
  char *target_host; /* of guestfwd */
  int target_port;
  char *address_type;
  GPtrArray *address; /* of GwChardevAttribute; not virtio-serial's */
  int controller;     /* of virtio-serial */
  int bus;
  int port;
  char *alias;
  const char *state; /* of one that runs, whether somebody in the guest has it open: static; NULL: not told */

  GPtrArray *unknown; /* texts: what was there and has no place here */
};

GwChardev *gw_chardev_new (GwChardevDevice device, GwChardevKind kind, GwChardevForm form, guint line);

void gw_chardev_set_open (GwChardev *chardev, gboolean is_open);
const char *gw_chardev_device_to_string (GwChardevDevice device);
const char *gw_chardev_kind_to_string (GwChardevKind kind);
gboolean gw_chardev_kind_from_string (const char *text, GwChardevKind *kind);

G_END_DECLS
