/* SPDX-License-Identifier: MIT */
/*
 * What a system allows and offers: settings, limits, capabilities, what the
 * linker loaded. Nothing is changed here. Where a system cannot tell, the
 * answer is the one that is named here.
 */
#ifndef BASE_SYSTEM_H
#define BASE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WM__SYSTEM_UNKNOWN (-1)

/* ---- settings ---- */

/*
 * A setting of the kernel by its name with slashes ("net/core/somaxconn"):
 * its first line, or its first number. False, and WM__SYSTEM_UNKNOWN, when
 * there is no such setting.
 */
bool wm__system_text(const char *name, char *buf, size_t size);
long long wm__system_number(const char *name);

/* Whether `n` is in a list such as "80,8000-8010". */
bool wm__system_in_ranges(const char *ranges, unsigned n);

/* "Linux 6.1.0-18-amd64" */
void wm__system_kernel(char *buf, size_t size);

/* ---- limits of this process and its children ---- */

enum wm__system_limit {
	WM__LIMIT_FILES,     /* open descriptors */
	WM__LIMIT_PROCESSES, /* of the user */
	WM__LIMIT_CORE       /* bytes of a core dump */
};

#define WM__SYSTEM_UNLIMITED UINT64_MAX

/* The limit that holds: of files the hard one, up to which the framework
   raises the soft one by itself. WM__SYSTEM_UNLIMITED where it is not known. */
uint64_t wm__system_limit(enum wm__system_limit which);

/* Processes that the control group of this process may still start;
   WM__SYSTEM_UNLIMITED without such a bound. */
uint64_t wm__system_group_room(void);

/* Bytes of memory that can be had without swapping; 0 when not known. */
uint64_t wm__system_memory(void);

/* ---- abilities ---- */

enum wm__system_ability {
	WM__MAY_CHANGE_USER,
	WM__MAY_CHANGE_GROUP,
	WM__MAY_BIND_LOW,    /* ports that are kept for root */
	WM__MAY_RAISE_LIMITS /* above the hard ones */
};

/* Where there are no capabilities: whether this process is root's. */
bool wm__system_may(enum wm__system_ability ability);

/*	name      word          what goes without it */
#define WM__SYSTEM_FEATURES(X)                                                 \
	X(REUSEPORT, "SO_REUSEPORT", "workers cannot share a port")            \
	X(PROC, "/proc", "status shows no memory and no stopped worker")       \
	X(MEMFD, "memfd", "shared memory lies in files under /tmp")            \
	X(PIDFD, "pidfd", "stop looks again and again for the master\'s end")

enum wm__system_feature {
#define WM__SYSTEM_ENUM(name, word, without) WM__SYSTEM_##name,
	WM__SYSTEM_FEATURES(WM__SYSTEM_ENUM)
#undef WM__SYSTEM_ENUM
	    WM__SYSTEM_FEATURE_COUNT
};

/* Tried, not guessed from a version. */
bool wm__system_has(enum wm__system_feature feature);

/*
 * The file of a shared library that this process has loaded, by the begin of
 * its name ("libz.so"), symbolic links resolved. False when there is none:
 * not needed, or linked in.
 */
bool wm__system_loaded(const char *library, char *path, size_t size);

#endif
