/* SPDX-License-Identifier: MIT */
/* Judges of the run directory, what is in it, and the log. */
#ifndef CLI_CHECK_PATHS_H
#define CLI_CHECK_PATHS_H

#include <stdbool.h>
#include <sys/types.h>

#include "framework/cli/check.h"

/* What is at a path, links not followed. */
struct wm__path_facts {
	const char *path;
	uid_t me;
	int error;     /* errno when it cannot be looked at; ENOENT: absent */
	int forbidden; /* 0: it can be written to or, when absent, made; else
			  errno */
	mode_t mode;
	uid_t owner;
	nlink_t links;
};

void wm__path_look(const char *path, struct wm__path_facts *facts_r);

void wm__judge_run_dir(const struct wm__path_facts *facts,
    struct wm__finding *f);
void wm__judge_pid_file(const struct wm__path_facts *facts,
    struct wm__finding *f);
void wm__judge_control(const struct wm__path_facts *facts,
    enum wm__check_master master, unsigned long long pid,
    struct wm__finding *f);
void wm__judge_log(const struct wm__path_facts *facts, struct wm__finding *f);

/* Whether it is in a run directory that a start would make. */
bool wm__path_in_new_run_dir(const struct wm__check *check, const char *path);

/* An absent or forbidden path: one text and one command for all of them.
   Returns true when it was such. */
bool wm__judge_reach(const struct wm__path_facts *facts, const char *what,
    struct wm__finding *f);

#endif
