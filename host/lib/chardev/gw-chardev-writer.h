/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-chardev-private.h"

G_BEGIN_DECLS

/* Releases as numbers that can be compared. */
#define GW_CHARDEV_VERSION(major, minor) ((major) * 1000000u + (minor) * 1000u)

/* One run of a writer: what it was asked for, and what there is to tell. */
typedef struct
{
  GwChardevWriteFlags flags;
  guint version; /* of GW_CHARDEV_VERSION */
  GPtrArray *notes;
} GwChardevWriter;

gboolean gw_chardev_writer_init (GwChardevWriter *self, GPtrArray *devices, const char *version, GwChardevWriteFlags flags,
                                 GError **error);
void gw_chardev_writer_clear (GwChardevWriter *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwChardevWriter, gw_chardev_writer_clear)
char **gw_chardev_writer_take_notes (GwChardevWriter *self);
void gw_chardev_writer_note (GwChardevWriter *self, const GwChardev *device, const char *format, ...) G_GNUC_PRINTF (3, 4);
gboolean gw_chardev_writer_leave_out (GwChardevWriter *self, const GwChardev *device, GError **error, const char *format,
                                      ...) G_GNUC_PRINTF (4, 5);
gboolean gw_chardev_writer_refuse (const GwChardev *device, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);
gboolean gw_chardev_writer_needs (GwChardevWriter *self, const GwChardev *device, guint version, const char *what,
                                  GError **error);

/* A device's path as the host calls it; what has a port's number may be one with Windows. */
char *gw_chardev_writer_path (GwChardevWriter *self, const GwChardev *device, GError **error);

/* Which words say what -chardev says with keys. */
typedef enum
{
  GW_CHARDEV_WORD_SHORT, /* server,nowait */
  GW_CHARDEV_WORD_LONG,  /* server=on,wait=off */
} GwChardevWordStyle;

char *gw_chardev_word (GwChardevWriter *self, const GwChardev *device, GwChardevWordStyle style, GError **error);
GPtrArray *gw_chardev_words (GwChardevWriter *self, GPtrArray *devices, GwChardevDevice kind, guint most,
                             GwChardevWordStyle style, GError **error);

/* QEMU's keys. */
void gw_chardev_append_value (GString *text, const char *key, const char *value);
char *gw_chardev_qemu_backend (GwChardevWriter *self, const GwChardev *device, const char *id, GError **error);
gboolean gw_chardev_qemu_old (GwChardevWriter *self, GPtrArray *devices, GPtrArray *words, GError **error);
gboolean gw_chardev_qemu_new (GwChardevWriter *self, GPtrArray *devices, GPtrArray *words, GError **error);

gboolean gw_chardev_check_stdio (GPtrArray *devices, GError **error);

G_END_DECLS
