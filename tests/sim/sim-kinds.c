/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of channel, with figures that were measured on real ones, or that
 * their drivers have. */

#include "sim-channel.h"

#include "gw-limits.h"

const SimKind sim_kinds[] = {
  { .name = "virtio",
    .share = 30,
    .session = &gw_session_loss_free,
    .reports = TRUE,
    .capacity = { 64 * GW_KIB, 64 * GW_KIB },
    .read_max = { 32 * GW_KIB, 32 * GW_KIB },
    .delay_us = 400 },
  { .name = "xen",
    .share = 30,
    .session = &gw_session_xen,
    .sticky = TRUE,
    .loses_middle = TRUE,
    .capacity = { 95 * GW_KIB, GW_MIB },
    .read_max = { 1024, 2048 },
    .delay_us = 6000,
    .loss = 200 * GW_KIB },
  { .name = "tty",
    .share = 15,
    .session = &gw_session_loss_free,
    .cooked = TRUE,
    .capacity = { 4 * GW_KIB, 4 * GW_KIB },
    .read_max = { 4 * GW_KIB, 4 * GW_KIB },
    .delay_us = 1000 },
  { .name = "uart",
    .share = 20,
    .session = &gw_session_uart,
    .overruns = TRUE,
    .capacity = { 256, 256 },
    .read_max = { 64, 64 },
    .delay_us = 100,
    .byte_us = 87,
    .loss = 30 * GW_KIB },
  { .name = "bytes",
    .share = 5,
    .session = &gw_session_loss_free,
    .capacity = { 64 * GW_KIB, 64 * GW_KIB },
    .dribbles = TRUE,
    .read_max = { 512, 512 },
    .delay_us = 3 },
};
const guint sim_n_kinds = G_N_ELEMENTS (sim_kinds);

/* Returns: (nullable): the kind of that name */
const SimKind *
sim_find_kind (const char *name)
{
  for (guint i = 0; i < sim_n_kinds; i++)
    if (g_strcmp0 (sim_kinds[i].name, name) == 0)
      return &sim_kinds[i];
  return NULL;
}
