/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A serial port, parallel port, console or channel of a machine, with what is
 * at the host's end of it: the model that the RFC of 2007 gave QEMU and Xen, as
 * libvirt has it today. Knows no XML and no hypervisor: readers and writers do. */

#include "gw-chardev-private.h"

/**
 * GwChardev:
 *
 * A character device of a virtual machine. Never changes once made, so any
 * number of threads may share one.
 *
 * Since: 0.1
 */
G_DEFINE_TYPE (GwChardev, gw_chardev, G_TYPE_OBJECT)

/* As libvirt calls them. */
static const char *const devices[] = {
  [GW_CHARDEV_DEVICE_SERIAL] = "serial",
  [GW_CHARDEV_DEVICE_PARALLEL] = "parallel",
  [GW_CHARDEV_DEVICE_CONSOLE] = "console",
  [GW_CHARDEV_DEVICE_CHANNEL] = "channel",
};

static const char *const kinds[] = {
  [GW_CHARDEV_KIND_NULL] = "null",
  [GW_CHARDEV_KIND_VC] = "vc",
  [GW_CHARDEV_KIND_PTY] = "pty",
  [GW_CHARDEV_KIND_STDIO] = "stdio",
  [GW_CHARDEV_KIND_DEV] = "dev",
  [GW_CHARDEV_KIND_FILE] = "file",
  [GW_CHARDEV_KIND_PIPE] = "pipe",
  [GW_CHARDEV_KIND_UNIX] = "unix",
  [GW_CHARDEV_KIND_TCP] = "tcp",
  [GW_CHARDEV_KIND_UDP] = "udp",
  [GW_CHARDEV_KIND_SPICEVMC] = "spicevmc",
  [GW_CHARDEV_KIND_SPICEPORT] = "spiceport",
  [GW_CHARDEV_KIND_QEMU_VDAGENT] = "qemu-vdagent",
  [GW_CHARDEV_KIND_DBUS] = "dbus",
  [GW_CHARDEV_KIND_NMDM] = "nmdm",
};

static void
attribute_free (gpointer data)
{
  GwChardevAttribute *attribute = data;

  g_free (attribute->name);
  g_free (attribute->value);
  g_free (attribute);
}

static void
gw_chardev_finalize (GObject *object)
{
  GwChardev *self = GW_CHARDEV (object);

  g_free (self->origin);
  g_free (self->path);
  g_free (self->host);
  g_free (self->service);
  g_free (self->bind_host);
  g_free (self->bind_service);
  g_free (self->source_channel);
  g_free (self->master);
  g_free (self->slave);
  g_free (self->log_path);
  g_free (self->target_type);
  g_free (self->target_model);
  g_free (self->target_name);
  g_free (self->target_host);
  g_free (self->address_type);
  g_free (self->alias);
  g_ptr_array_unref (self->address);
  g_ptr_array_unref (self->unknown);
  G_OBJECT_CLASS (gw_chardev_parent_class)->finalize (object);
}

static void
gw_chardev_class_init (GwChardevClass *class)
{
  G_OBJECT_CLASS (class)->finalize = gw_chardev_finalize;
}

static void
gw_chardev_init (GwChardev *self)
{
  self->host_port = -1;
  self->reconnect = -1;
  self->target_port = -1;
  self->controller = self->bus = self->port = -1;
  self->address = g_ptr_array_new_with_free_func (attribute_free);
  self->unknown = g_ptr_array_new_with_free_func (g_free);
}

GwChardev *
gw_chardev_new (GwChardevDevice device, GwChardevKind kind, GwChardevForm form, guint line)
{
  GwChardev *self = g_object_new (GW_TYPE_CHARDEV, NULL);

  self->device = device;
  self->kind = kind;
  self->form = form;
  self->line = line;
  return self;
}

void
gw_chardev_set_open (GwChardev *chardev, gboolean is_open)
{
  chardev->state = is_open ? "connected" : "disconnected";
}

const char *
gw_chardev_device_to_string (GwChardevDevice device)
{
  return devices[device];
}

const char *
gw_chardev_kind_to_string (GwChardevKind kind)
{
  return kinds[kind];
}

gboolean
gw_chardev_kind_from_string (const char *text, GwChardevKind *kind)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (text, kinds[i]))
      {
        *kind = (GwChardevKind) i;
        return TRUE;
      }
  return FALSE;
}
