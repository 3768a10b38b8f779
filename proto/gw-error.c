/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain that every layer shares. */

#include "gw-error.h"

G_DEFINE_QUARK (gw-error-quark, gw_error)
