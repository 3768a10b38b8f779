/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-freeze.h"

/* File systems that are frozen and thawed in this process only. */

void fake_disks_open (void);
void fake_disks_close (void);
void fake_disks_limit_hook (guint seconds);
void fake_disks_mount (const char *path, guint major, guint minor);
void fake_disks_fail_open (const char *path, int code);
void fake_disks_fail_freeze (const char *path, int code);
void fake_disks_freeze_by_others (const char *path);
void fake_disks_hold (const char *path);
void fake_disks_wait_held (void);
void fake_disks_let_go (void);
char *fake_disks_take_log (void);
guint fake_disks_count_frozen (void);
