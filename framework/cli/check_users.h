/* SPDX-License-Identifier: MIT */
/* Judges of who runs what: the table's users, and the program's file. */
#ifndef CLI_CHECK_USERS_H
#define CLI_CHECK_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "framework/cli/check.h"

struct wm__user_facts {
	const char *worker, *user, *group; /* as in the table; null: none */
	const char *program;
	bool user_exists, group_exists;
	bool is_me;       /* nothing would change */
	bool me_root;     /* so that it is tried */
	bool may_change;  /* and would succeed */
	bool may_execute; /* the program, as that user */
};

void wm__judge_user(const struct wm__user_facts *facts, struct wm__finding *f);

/* `n` workers that name no user. */
void wm__judge_unnamed(size_t n, bool me_root, struct wm__finding *f);

/* Whether that user may execute a file of `owner`, `group` and `mode`. */
struct wm__user {
	uid_t uid;
	gid_t gids[64];
	size_t n;
};
bool wm__user_may_execute(const struct wm__user *user, uid_t owner, gid_t group,
    mode_t mode);

#endif
