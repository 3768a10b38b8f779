/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdlib.h>

/* https://llvm.org/docs/LibFuzzer.html#fuzz-target */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize length);

/* g_error() ends in SIGTRAP, of which libFuzzer keeps no input. */
#define fuzz_fail(...)                                                                                                 \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_printerr (__VA_ARGS__);                                                                                          \
    g_printerr ("\n");                                                                                                 \
    abort ();                                                                                                          \
  }                                                                                                                    \
  G_STMT_END
