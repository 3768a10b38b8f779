/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Marks what programs may call. guestwire-1.map lists the same names: the
 * one keeps a forgotten static out, the other gives them their version. */
#define GW_PUBLIC __attribute__ ((visibility ("default")))
