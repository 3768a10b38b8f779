/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the process does with memory that it has used. While bytes move it is
 * kept: to take blocks of 256 KiB from the kernel and give them back, over and
 * over, took most of the time of a copy. At rest it is given back. */

#include "gw-heap.h"

#include <malloc.h>

#include "gw-limits.h"

/* For glibc; other C libraries give back what they like. */

/**
 * gw_heap_prepare:
 *
 * To be called once, before there are threads.
 */
void
gw_heap_prepare (void)
{
#ifdef M_MMAP_THRESHOLD
  /* A large request is rare and its memory is not kept: without this glibc
   * takes ever larger blocks from a heap that cannot shrink. */
  mallopt (M_MMAP_THRESHOLD, GW_MEMORY_BLOCK_MAX);
  mallopt (M_TRIM_THRESHOLD, GW_MEMORY_KEPT_MAX);
#endif
#ifdef M_ARENA_MAX
  /* A thread with a file of its own would have a heap of its own too. */
  mallopt (M_ARENA_MAX, 1);
#endif
}

/**
 * gw_heap_give_back:
 *
 * To be called when something large has ended.
 */
void
gw_heap_give_back (void)
{
#ifdef M_TRIM_THRESHOLD
  malloc_trim (0);
#endif
}
