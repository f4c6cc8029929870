/* SPDX-License-Identifier: MIT */
/*
 * The users that the table names, and whether they may execute the program:
 * a worker is an exec after its user was changed.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/program.h"
#include "framework/base/system.h"
#include "framework/cli/check_users.h"
#include "framework/cli/command.h"
#include "framework/ipc/table.h"

/* ---- judges ---- */

bool
wm__user_may_execute(const struct wm__user *user, uid_t owner, gid_t group,
    mode_t mode)
{
	if (user->uid == 0)
		return (mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
	if (user->uid == owner)
		return (mode & S_IXUSR) != 0;
	for (size_t i = 0; i < user->n; i++)
		if (user->gids[i] == group)
			return (mode & S_IXGRP) != 0;
	return (mode & S_IXOTH) != 0;
}

void
wm__judge_unnamed(size_t n, bool me_root, struct wm__finding *f)
{
	if (me_root)
		wm__finding_set(f, WM__CHECK_WARN,
		    "%zu worker%s would run as root; .user in the table names "
		    "another user",
		    n, n == 1 ? "" : "s");
	else
		wm__finding_set(f, WM__CHECK_OK,
		    "%zu worker%s would run as you are", n, n == 1 ? "" : "s");
}

static void
users_judge_change(const struct wm__user_facts *facts, const char *to,
    struct wm__finding *f)
{
	char word[800];

	wm__check_quote(facts->program, word, sizeof(word));
	if (facts->is_me) {
		wm__finding_set(f, WM__CHECK_OK, "worker %s: %s is who you are",
		    facts->worker, to);
	} else if (!facts->me_root) {
		wm__finding_set(f, WM__CHECK_WARN,
		    "worker %s: only root can change to %s; it would stay as "
		    "you are",
		    facts->worker, to);
		if (*word != '\0')
			wm__finding_mend(f, "sudo %s start -d", word);
	} else if (!facts->may_change) {
		wm__finding_set(f, WM__CHECK_MISSING,
		    "worker %s: this root may not change to %s (capabilities "
		    "setuid, setgid)",
		    facts->worker, to);
		wm__finding_mend(f, "capsh --print");
	} else if (!facts->may_execute) {
		wm__finding_set(f, WM__CHECK_MISSING,
		    "worker %s: %s may not execute %.500s", facts->worker, to,
		    facts->program);
		if (*word != '\0')
			wm__finding_mend(f, "chmod a+rx %s", word);
	} else {
		wm__finding_set(f, WM__CHECK_OK, "worker %s would run as %s",
		    facts->worker, to);
	}
}

void
wm__judge_user(const struct wm__user_facts *facts, struct wm__finding *f)
{
	const char *user = facts->user, *group = facts->group;
	char to[600], word[300];

	if (user != NULL && !facts->user_exists) {
		wm__finding_set(f, WM__CHECK_MISSING,
		    "worker %s: there is no user %s", facts->worker, user);
		wm__finding_mend_as_root(f,
		    "useradd --system --no-create-home %s",
		    wm__check_quote(user, word, sizeof(word)));
	} else if (group != NULL && !facts->group_exists) {
		wm__finding_set(f, WM__CHECK_MISSING,
		    "worker %s: there is no group %s", facts->worker, group);
		wm__finding_mend_as_root(f, "groupadd --system %s",
		    wm__check_quote(group, word, sizeof(word)));
	} else {
		snprintf(to, sizeof(to), "%s%s%s%s%s",
		    user != NULL ? "user " : "", user != NULL ? user : "",
		    user != NULL && group != NULL ? ", " : "",
		    group != NULL ? "group " : "", group != NULL ? group : "");
		users_judge_change(facts, to, f);
	}
}

/* ---- facts ---- */

/* Who a row's workers would be. */
static void
users_find(const struct wm__row *row, struct wm__user *user,
    struct wm__user_facts *facts)
{
	const struct passwd *pw =
	    row->user != NULL ? getpwnam(row->user) : NULL;
	const struct group *gr =
	    row->group != NULL ? getgrnam(row->group) : NULL;
	int n = sizeof(user->gids) / sizeof(*user->gids);
	gid_t gid = getegid();

	facts->user_exists = pw != NULL;
	facts->group_exists = gr != NULL;
	user->uid = pw != NULL ? pw->pw_uid : geteuid();
	if (gr != NULL)
		gid = gr->gr_gid;
	else if (pw != NULL)
		gid = pw->pw_gid;
	facts->is_me = user->uid == geteuid() && gid == getegid();
	user->gids[0] = gid;
	user->n = 1;
	if (row->user != NULL &&
	    getgrouplist(row->user, gid, user->gids, &n) >= 0)
		user->n = (size_t)n;
}

static void
users_check_row(const struct wm__row *row, const char *program,
    struct wm__report *report)
{
	struct wm__user_facts facts = { .worker = row->name,
		.user = row->user,
		.group = row->group,
		.program = program };
	struct wm__finding f = { 0 };
	struct wm__user user;
	struct stat st;

	users_find(row, &user, &facts);
	facts.me_root = geteuid() == 0;
	facts.may_change = wm__system_may(WM__MAY_CHANGE_GROUP) &&
	    (row->user == NULL || wm__system_may(WM__MAY_CHANGE_USER));
	facts.may_execute = stat(program, &st) < 0 ||
	    wm__user_may_execute(&user, st.st_uid, st.st_gid, st.st_mode);
	wm__judge_user(&facts, &f);
	wm__report_add(report, &f);
}

void
wm__check_users(const struct wm__check *check, struct wm__report *report)
{
	char program[PATH_MAX];
	size_t unnamed = 0;

	if (wm__program_path(check->cli->argv[0], program, sizeof(program)) < 0)
		snprintf(program, sizeof(program), "%s", check->cli->argv[0]);
	for (size_t i = 0; i < check->table->n_rows; i++) {
		const struct wm__row *row = &check->table->rows[i];

		if (row->user == NULL && row->group == NULL)
			unnamed++;
		else
			users_check_row(row, program, report);
	}
	if (unnamed > 0) {
		struct wm__finding f = { 0 };

		wm__judge_unnamed(unnamed, geteuid() == 0, &f);
		wm__report_add(report, &f);
	}
}

/* A reload opens this path anew, whatever is there by then. */
void
wm__check_program(const struct wm__check *check, struct wm__report *report)
{
	struct wm__finding f = { 0 };
	char program[PATH_MAX], word[800];

	if (wm__program_path(check->cli->argv[0], program, sizeof(program)) <
	    0) {
		wm__finding_set(&f, WM__CHECK_WARN,
		    "the system does not tell by which path this runs");
	} else if (access(program, X_OK) < 0) {
		wm__finding_set(&f, WM__CHECK_WARN,
		    "%.800s: %s: workers go on, a reload would fail", program,
		    strerror(errno));
		wm__check_quote(program, word, sizeof(word));
		if (*word != '\0')
			wm__finding_mend(&f, "chmod a+rx %s", word);
	} else {
		wm__finding_set(&f, WM__CHECK_OK, "%s", program);
	}
	wm__report_add(report, &f);
}
