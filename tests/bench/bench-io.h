/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What both halves of the bare programs have: whole reads and writes, and what they say to each other. Nothing in
 * here is measured against itself, so there is nothing of Guestwire in it. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* How much every file and channel is read and written at once: what a virtio-serial port takes in one call. */
#define BENCH_CALL (32 * 1024)

/* A request is text, filled up with NULs: "push SIZE PATH", "pull PATH", or "run COMMAND…". */
#define BENCH_REQUEST 512
/* The answer: a number as text, filled up with NULs. Negative: it failed. */
#define BENCH_ANSWER 32

/* How many milliseconds a read may give nothing before that is the end. A virtio port whose host left and came back
 * may say so late, when the first bytes are read already. */
extern int bench_patience_ms;

/* Return how much that was: less than @length only at the end or with an error. */
size_t bench_read (int fd, void *data, size_t length);
size_t bench_write (int fd, const void *data, size_t length);

/* Copies @size bytes. Returns 0, or -1. */
int bench_copy (int from, int to, long long size);
