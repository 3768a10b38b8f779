/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A store of Xen's that a test fills. XENSTORED_PATH names it while it runs.
 * It does its work in a thread, so that those who wait can be tested too. */
typedef struct _FakeXenstore FakeXenstore;

/* Ways of real stores and kernels. */
typedef enum
{
  FAKE_XENSTORE_PLAIN = 0,
  FAKE_XENSTORE_NO_IDS = 1 << 0,   /* watches are answered without the id, as kernels do */
  FAKE_XENSTORE_PIECES = 1 << 1,   /* a byte a write */
  FAKE_XENSTORE_SPURIOUS = 1 << 2, /* events of nothing, before each answer */
  FAKE_XENSTORE_MUTE = 1 << 3,     /* no answer at all */
  FAKE_XENSTORE_BROKEN = 1 << 4,   /* answers longer than there may be */
  FAKE_XENSTORE_STRAY = 1 << 5,    /* answers to what nobody asked, before each answer */
  FAKE_XENSTORE_MUTE_FIRST = 1 << 6, /* no answer to who connects first */
} FakeXenstoreWays;

FakeXenstore *fake_xenstore_new (FakeXenstoreWays ways);
void fake_xenstore_free (FakeXenstore *fake);
void fake_xenstore_set (FakeXenstore *fake, const char *path, const char *value); /* NULL removes */
void fake_xenstore_set_owner (FakeXenstore *fake, const char *path, guint domain);
void fake_xenstore_refuse_once (FakeXenstore *fake, const char *path, const char *error);
void fake_xenstore_hang_up (FakeXenstore *fake);
guint fake_xenstore_get_watches (FakeXenstore *fake);

G_END_DECLS
