/* SPDX-License-Identifier: MIT */
/*
 * Hearing that a file may have changed: written, replaced, or reached through
 * another symbolic link. What has changed is for stat() to say.
 */
#ifndef BASE_FILEWATCH_H
#define BASE_FILEWATCH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A descriptor that becomes readable when something happens in the folder of
 * `path`, or in that of the file which the path leads to. -1 where the system
 * has no such thing: then look from time to time.
 */
int wm__filewatch_open(const char *path);

/* Forgets what has happened until now. */
void wm__filewatch_read(int fd);

/* Which contents a path leads to. */
struct wm__fileid {
	uint64_t device, inode, size;
	int64_t changed_ns;
};

/* False when it leads to no regular file; when fd is not open. */
bool wm__fileid_of(const char *path, struct wm__fileid *id_r);
bool wm__fileid_of_fd(int fd, struct wm__fileid *id_r);
bool wm__fileid_same(const struct wm__fileid *a, const struct wm__fileid *b);

#endif
