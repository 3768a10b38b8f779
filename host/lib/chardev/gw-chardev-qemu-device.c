/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands behind QEMU's -device for a character device: which model the
 * guest has, on which bus and port, with what it needs besides. */

#include "gw-chardev-writer.h"

#include <string.h>

#include "gw-limits.h"

/* Where libvirt has certificates, if nobody says otherwise. */
#define TLS_FOLDER "/etc/pki/qemu"

/* What is found out about all devices before the first is written. */
typedef struct
{
  GwChardevWriter *writer;
  GPtrArray *words;
  GHashTable *ids;     /* of char *: those that are taken */
  GHashTable *places;  /* of "controller/port": those that are taken */
  GPtrArray *built_in; /* of char *: -chardev's names for ports that the machine has itself, by number; or NULL */
  guint8 controllers[GW_CHARDEV_CONTROLLER_MAX + 1]; /* which ones there are already */
} Machine;

static void
add (Machine *machine, const char *option, const char *value)
{
  g_ptr_array_add (machine->words, g_strdup (option));
  g_ptr_array_add (machine->words, g_strdup (value));
}

/* --- Names -------------------------------------------------------------- */

/* libvirt's own, where there is none: serial0, channel1, … */
static char *
choose_id (Machine *machine, const GwChardev *device)
{
  if (device->alias != NULL)
    return g_strdup (device->alias);
  for (guint i = 0;; i++)
    {
      g_autofree char *id = g_strdup_printf ("%s%u", gw_chardev_device_to_string (device->device), i);

      if (g_hash_table_add (machine->ids, g_strdup (id)))
        return g_steal_pointer (&id);
    }
}

/* --- virtio-serial ------------------------------------------------------ */

static char *
place_key (int controller, int port)
{
  return g_strdup_printf ("%d/%d", controller, port);
}

static gboolean
is_free (Machine *machine, int controller, int port)
{
  g_autofree char *key = place_key (controller, port);

  return !g_hash_table_contains (machine->places, key);
}

/* Port 0 is a console's. */
static void
choose_place (Machine *machine, const GwChardev *device, int *controller, int *port)
{
  int first = device->device == GW_CHARDEV_DEVICE_CONSOLE ? 0 : 1;

  *controller = MAX (device->controller, 0);
  *port = device->port;
  while (*port < 0)
    {
      for (int i = first; i <= GW_CHARDEV_VIRTIO_PORT_MAX && *port < 0; i++)
        if (is_free (machine, *controller, i))
          *port = i;
      if (*port < 0)
        (*controller)++;
    }
  g_hash_table_add (machine->places, place_key (*controller, *port));
}

static gboolean
check_place (GwChardevWriter *writer, const GwChardev *device, int controller, int port, GError **error)
{
  if (!gw_chardev_writer_needs (writer, device, GW_CHARDEV_VERSION (0, 13), "virtio-serial needs", error))
    return FALSE;
  if (device->address_type != NULL && device->controller < 0)
    return gw_chardev_writer_refuse (device, error, "a device of virtio-serial has an address of type 'virtio-serial', not '%s'",
                                     device->address_type);
  if (device->bus > 0)
    return gw_chardev_writer_refuse (device, error, "a controller has one bus, 0, and this is bus %d", device->bus);
  if (controller > GW_CHARDEV_CONTROLLER_MAX)
    return gw_chardev_writer_refuse (device, error, "no port of virtio-serial is free");
  if (port == 0 && device->device == GW_CHARDEV_DEVICE_CHANNEL)
    return gw_chardev_writer_refuse (device, error, "port 0 of virtio-serial is for a console: a channel's begin with 1");
  return TRUE;
}

static gboolean
add_virtio (Machine *machine, const GwChardev *device, const char *id, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  int controller, port;

  choose_place (machine, device, &controller, &port);
  if (!check_place (machine->writer, device, controller, port, error))
    return FALSE;
  if (!machine->controllers[controller])
    {
      g_autofree char *value = g_strdup_printf ("virtio-serial-pci,id=virtio-serial%d", controller);

      machine->controllers[controller] = TRUE;
      add (machine, "-device", value);
    }
  g_string_append_printf (text, "%s,bus=virtio-serial%d.%d,nr=%d,chardev=char%s,id=%s",
                          device->device == GW_CHARDEV_DEVICE_CONSOLE ? "virtconsole" : "virtserialport", controller,
                          MAX (device->bus, 0), port, id, id);
  if (device->target_name != NULL)
    gw_chardev_append_value (text, "name", device->target_name);
  else if (device->kind == GW_CHARDEV_KIND_SPICEVMC || device->kind == GW_CHARDEV_KIND_QEMU_VDAGENT)
    g_string_append (text, ",name=com.redhat.spice.0");
  add (machine, "-device", text->str);
  return TRUE;
}

/* --- Ports -------------------------------------------------------------- */

static gboolean
is_key_of (const char *type, const char *name)
{
  if (g_str_equal (type, "isa"))
    return g_str_equal (name, "iobase") || g_str_equal (name, "irq");
  return g_str_equal (name, "reg");
}

/* What an address of this type has, as keys of the device. */
static gboolean
append_address (GwChardevWriter *writer, const GwChardev *device, const char *type, GString *text, GError **error)
{
  if (device->address_type == NULL)
    return TRUE;
  if (g_strcmp0 (device->address_type, type) != 0)
    return gw_chardev_writer_leave_out (writer, device, error,
                                        "an <address> of type '%s' depends on the machine's buses, which are not known here",
                                        device->address_type);
  for (guint i = 0; i < device->address->len; i++)
    {
      const GwChardevAttribute *attribute = g_ptr_array_index (device->address, i);

      if (!is_key_of (type, attribute->name))
        return gw_chardev_writer_refuse (device, error, "'%s' is no part of an address of type '%s'", attribute->name, type);
      if (g_strcmp0 (device->target_type, "isa-debug") == 0 && g_str_equal (attribute->name, "irq"))
        return gw_chardev_writer_refuse (device, error, "a port of type isa-debug has no irq: leave it out of <address>");
      gw_chardev_append_value (text, attribute->name, attribute->value);
    }
  return TRUE;
}

static gboolean
add_isa (Machine *machine, const GwChardev *device, const char *model, int most, const char *id, GError **error)
{
  g_autofree char *value = g_strdup_printf ("%s,chardev=char%s,id=%s,index=%d", model, id, id, device->target_port);
  g_autoptr (GString) text = g_string_new (value);

  if (device->target_port >= most)
    return gw_chardev_writer_refuse (device, error, "QEMU has %d %s ports, 0 to %d, and this is port %d", most,
                                     gw_chardev_device_to_string (device->device), most - 1, device->target_port);
  if (!append_address (machine->writer, device, "isa", text, error))
    return FALSE;
  add (machine, "-device", text->str);
  return TRUE;
}

static gboolean
add_model (Machine *machine, const GwChardev *device, const char *model, const char *address, const char *id, GError **error)
{
  g_autofree char *value = g_strdup_printf ("%s,chardev=char%s,id=%s", model, id, id);
  g_autoptr (GString) text = g_string_new (value);

  if (!append_address (machine->writer, device, address, text, error))
    return FALSE;
  add (machine, "-device", text->str);
  return TRUE;
}

/* Which a machine has from the beginning, as those with Arm. QEMU takes the first -serial for the first of them. */
static gboolean
keep_built_in (Machine *machine, const GwChardev *device, const char *id, GError **error)
{
  guint port = (guint) device->target_port;

  if (device->address_type != NULL
      && !gw_chardev_writer_leave_out (machine->writer, device, error, "a port of type system-serial has no <address>"))
    return FALSE;
  if (machine->built_in->len <= port)
    g_ptr_array_set_size (machine->built_in, (int) port + 1);
  machine->built_in->pdata[port] = g_strdup_printf ("chardev:char%s", id);
  return TRUE;
}

static void
add_built_in (Machine *machine)
{
  for (guint i = 0; i < machine->built_in->len; i++)
    if (machine->built_in->pdata[i] != NULL)
      add (machine, "-serial", machine->built_in->pdata[i]);
}

/* libvirt's types of ports and their models, which QEMU calls alike; the first one of a type is its default. */
typedef struct
{
  const char *type;
  const char *model;
  const char *address; /* what type of <address> becomes keys */
  guint version;       /* that brought it */
} SerialModel;

static const SerialModel serial_models[] = {
  { "isa-serial", "isa-serial", "isa", 0 },
  { "usb-serial", "usb-serial", NULL, 0 },
  { "pci-serial", "pci-serial", NULL, GW_CHARDEV_VERSION (1, 3) },
  { "isa-debug", "isa-debugcon", "isa", 0 },
  { "spapr-vio-serial", "spapr-vty", "spapr-vio", 0 },
  { "sclp-serial", "sclpconsole", NULL, 0 },
  { "sclp-serial", "sclplmconsole", NULL, 0 },
  { "system-serial", "pl011", NULL, 0 },
  { "system-serial", "16550a", NULL, 0 },
};

static const SerialModel *
find_serial_model (const GwChardev *device, GError **error)
{
  const char *type = device->target_type != NULL ? device->target_type : "isa-serial";
  gboolean has_type = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (serial_models); i++)
    if (g_str_equal (type, serial_models[i].type))
      {
        has_type = TRUE;
        if (device->target_model == NULL || g_str_equal (device->target_model, serial_models[i].model))
          return &serial_models[i];
      }
  if (has_type)
    gw_chardev_writer_refuse (device, error, "a port of type '%s' is of no model '%s': leave <model> out", type, device->target_model);
  else
    gw_chardev_writer_refuse (device, error,
                              "'%s' is no kind of serial port; these are isa-serial, usb-serial, pci-serial, isa-debug, "
                              "spapr-vio-serial, sclp-serial and system-serial",
                              type);
  return NULL;
}

static gboolean
add_serial (Machine *machine, const GwChardev *device, const char *id, GError **error)
{
  const SerialModel *model = find_serial_model (device, error);

  if (model == NULL || !gw_chardev_writer_needs (machine->writer, device, model->version, "pci-serial needs", error))
    return FALSE;
  if (g_str_equal (model->type, "isa-serial"))
    return add_isa (machine, device, model->model, GW_CHARDEV_SERIAL_PORTS, id, error);
  if (g_str_equal (model->type, "system-serial"))
    return keep_built_in (machine, device, id, error);
  if (g_str_equal (model->type, "usb-serial"))
    gw_chardev_writer_note (machine->writer, device, "the machine needs a USB controller for it, as -usb gives it one");
  return add_model (machine, device, model->model, model->address, id, error);
}

static gboolean
add_console (Machine *machine, const GwChardev *device, const char *id, GError **error)
{
  if (g_str_equal (device->target_type, "virtio"))
    return add_virtio (machine, device, id, error);
  if (g_str_equal (device->target_type, "sclp"))
    return add_model (machine, device, "sclpconsole", NULL, id, error);
  if (g_str_equal (device->target_type, "sclplm"))
    return add_model (machine, device, "sclplmconsole", NULL, id, error);
  return gw_chardev_writer_refuse (device, error, "QEMU has no console of type '%s'; it has those of type serial, virtio and sclp",
                                   device->target_type);
}

/* --- Channels ----------------------------------------------------------- */

static gboolean
add_guestfwd (Machine *machine, const GwChardev *device, const char *id, GError **error)
{
  g_autofree char *value = g_strdup_printf ("user,id=%s,guestfwd=tcp:%s:%d-chardev:char%s", id, device->target_host,
                                            device->target_port, id);

  if (*device->target_host != '\0'
      && (strchr (device->target_host, ':') != NULL || !g_hostname_is_ip_address (device->target_host)))
    return gw_chardev_writer_refuse (device, error, "guestfwd takes IPv4 addresses only, not '%s'", device->target_host);
  add (machine, "-netdev", value);
  gw_chardev_writer_note (machine->writer, device,
                          "the guest reaches it through a network card on this network: -device virtio-net-pci,netdev=%s", id);
  return TRUE;
}

static gboolean
add_channel (Machine *machine, const GwChardev *device, const char *id, GError **error)
{
  if (g_str_equal (device->target_type, "virtio"))
    return add_virtio (machine, device, id, error);
  if (g_str_equal (device->target_type, "guestfwd"))
    return add_guestfwd (machine, device, id, error);
  return gw_chardev_writer_refuse (device, error, "QEMU has no channel of type '%s': say <target type='virtio'/>", device->target_type);
}

/* --- All of them -------------------------------------------------------- */

static gboolean
add_device (Machine *machine, const GwChardev *device, const char *id, GError **error)
{
  switch (device->device)
    {
    case GW_CHARDEV_DEVICE_SERIAL:
      return add_serial (machine, device, id, error);
    case GW_CHARDEV_DEVICE_PARALLEL:
      return add_isa (machine, device, "isa-parallel", GW_CHARDEV_PARALLEL_PORTS, id, error);
    case GW_CHARDEV_DEVICE_CONSOLE:
      return add_console (machine, device, id, error);
    case GW_CHARDEV_DEVICE_CHANNEL:
      return add_channel (machine, device, id, error);
    }
  g_assert_not_reached ();
}

/* libvirt's default folder. */
static void
add_tls (Machine *machine, const GwChardev *device, const char *id)
{
  g_autofree char *value = g_strdup_printf ("tls-creds-x509,id=obj%s_tls0,dir=" TLS_FOLDER ",endpoint=%s,verify-peer=on",
                                            id, device->mode == GW_CHARDEV_MODE_BIND ? "server" : "client");

  add (machine, "-object", value);
  gw_chardev_writer_note (machine->writer, device, "its certificates and key are expected in " TLS_FOLDER);
}

static gboolean
add_both (Machine *machine, const GwChardev *device, GError **error)
{
  g_autofree char *id = choose_id (machine, device);
  g_autofree char *chardev = g_strconcat ("char", id, NULL);
  g_autofree char *backend = gw_chardev_qemu_backend (machine->writer, device, chardev, error);

  if (backend == NULL)
    return FALSE;
  if (device->kind == GW_CHARDEV_KIND_TCP && device->tls == GW_CHARDEV_SWITCH_ON)
    add_tls (machine, device, chardev);
  add (machine, "-chardev", backend);
  return add_device (machine, device, id, error);
}

/* Controllers have libvirt's names, by which their ports find them. */
static gboolean
check_aliases (const Machine *machine, GPtrArray *devices, GError **error)
{
  for (guint i = 0; i < devices->len; i++)
    {
      const GwChardev *device = g_ptr_array_index (devices, i);

      for (guint j = 0; device->alias != NULL && j < G_N_ELEMENTS (machine->controllers); j++)
        {
          g_autofree char *name = g_strdup_printf ("virtio-serial%u", j);

          if (machine->controllers[j] && g_str_equal (device->alias, name))
            return gw_chardev_writer_refuse (device, error,
                                             "the alias '%s' is that of the controller that this machine's ports of virtio-serial "
                                             "have: choose another one, as 'ua-%s'",
                                             name, name);
        }
    }
  return TRUE;
}

/* @words: (element-type utf8): gets the arguments */
gboolean
gw_chardev_qemu_new (GwChardevWriter *self, GPtrArray *devices, GPtrArray *words, GError **error)
{
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) built_in = g_ptr_array_new_with_free_func (g_free);
  Machine machine = { .writer = self, .words = words, .ids = ids, .places = places, .built_in = built_in };

  for (guint i = 0; i < devices->len; i++)
    {
      const GwChardev *device = g_ptr_array_index (devices, i);

      if (device->alias != NULL)
        g_hash_table_add (ids, g_strdup (device->alias));
      if (device->port >= 0)
        g_hash_table_add (places, place_key (device->controller, device->port));
    }
  for (guint i = 0; i < devices->len; i++)
    if (!add_both (&machine, g_ptr_array_index (devices, i), error))
      return FALSE;
  add_built_in (&machine);
  return check_aliases (&machine, devices, error);
}
