/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <umockdev.h>

#include "fake-xenstore.h"
#include "gw-xen-consoles.h"

/* A guest of Xen's, with consoles that umockdev fakes and names from a fake
 * store. */
typedef struct
{
  UMockdevTestbed *testbed;
  FakeXenstore *store;
  GwXenConsoles *consoles;
} MockXen;

void mock_xen_open (MockXen *mock);
void mock_xen_start (MockXen *mock);
void mock_xen_close (MockXen *mock);

void mock_xen_add_unbound (MockXen *mock, guint number);
void mock_xen_bind (MockXen *mock, guint number, const char *port);
void mock_xen_add (MockXen *mock, guint number, const char *name, const char *port);
void mock_xen_remove (MockXen *mock, guint number);
void mock_xen_says (MockXen *mock, guint number, const char *key, const char *value);
void mock_xen_uevent (MockXen *mock, guint number, const char *action);
void mock_xen_add_terminal (MockXen *mock, guint number, gboolean backed);
int mock_xen_connect_terminal (MockXen *mock, guint number);
void mock_xen_disconnect_terminal (MockXen *mock, guint number);
