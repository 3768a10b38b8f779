/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Bounds of files and folders that go over streams: a part of gw-limits.h, which
 * is what to include. */

/* One piece of a file: enough that what is around it does not count. */
#define GW_PIECE_MAX (256u * GW_KIB)

/* A digest in hexadecimal digits: SHA-256. */
#define GW_DIGEST_TEXT_MAX 64

/* USER:GROUP: Linux's names have 32 bytes, those of directories more. */
#define GW_FILE_OWNER_MAX 512

/* What is read of a file ahead of the stream that it goes to. */
#define GW_FILE_AHEAD_MAX (2 * GW_PIECE_MAX)

/* A transfer to a file that another has looks so often whether that one's host is
 * lost by now. */
#define GW_FILE_PLACE_AGAIN_MS 100

/* What an interruption leaves is kept from so much on. */
#define GW_RESUME_LEAST (1u * GW_MIB)

/* What a thread has used of a stream before it is said: half of what one may
 * have on the way, so that its sender need not stop. */
#define GW_FILE_USED_STEP (64u * GW_KIB)

/* Files that all sessions send and receive at a time: each has a thread. */
#define GW_FILE_JOBS_MAX 16

/* Folders in folders: each level holds a descriptor. */
#define GW_TREE_DEPTH_MAX 64

/* Trees that all sessions send and receive at a time, for the same reason. */
#define GW_TREE_JOBS_MAX 4

/* Entries of a tree: a file's name, and where a link points. */
#define GW_TREE_NAME_MAX 255u
#define GW_TREE_LINK_MAX 4096u

/* Small files go together until there is so much. */
#define GW_TREE_BATCH (64u * GW_KIB)

/* What failed in a tree is told by name so often; all of it is counted. */
#define GW_TREE_TROUBLES_MAX 200
#define GW_TREE_TROUBLE_TEXT_MAX 1024u
