/* SPDX-License-Identifier: MIT */
/* The user and groups that a row's workers run as. */
#ifndef MASTER_IDENTITY_H
#define MASTER_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct wm__identity {
	bool change; /* false: stay as the master is */
	bool set_user;
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* owned; supplementary */
	int n_groups;
};

/*
 * Looks up the names (each may be null). Only root can change; for others the
 * names are ignored with a warning. Returns 0, or WM_E_NOT_FOUND or
 * WM_E_NOMEM with one line in error.
 */
int wm__identity_init(struct wm__identity *identity, const char *user,
    const char *group, char *error, size_t error_size);
void wm__identity_fini(struct wm__identity *identity);

/*
 * Becomes it for good: groups, group, user in this order, then looks whether
 * it is so. Returns 0, or WM_E_SYSTEM with the failed step in *step_r.
 */
int wm__identity_assume(const struct wm__identity *identity,
    const char **step_r);

#endif
