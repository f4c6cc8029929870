/* SPDX-License-Identifier: MIT */
/*
 * uthash, whose answer to no memory is exit(3) unless it is told otherwise:
 * here an item is then simply not added, which hash_has() tells.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#define HASH_NONFATAL_OOM 1

#include <uthash.h>

/* Whether HASH_ADD has added it, by its handle `hh`. */
#define hash_has(item) ((item)->hh.tbl != NULL)

#endif
