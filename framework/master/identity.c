/* SPDX-License-Identifier: MIT */
/*
 * Names of users and groups looked up once, at start, and put on in the
 * child between fork and exec. Any doubt is an error: a worker that was to
 * give up root never runs as root.
 */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <workerman/error.h>
#include <workerman/log.h>

#include "framework/master/identity.h"

#define IDENTITY_GROUPS 65536 /* most supplementary groups */

/* All groups of a user, in memory of their own. */
static int
identity_groups(struct wm__identity *identity, const char *user)
{
	int n = 64;

	for (;;) {
		gid_t *groups =
		    realloc(identity->groups, (size_t)n * sizeof(*groups));
		int had = n;

		if (groups == NULL)
			return WM_E_NOMEM;
		identity->groups = groups;
		if (getgrouplist(user, identity->gid, groups, &n) >= 0) {
			identity->n_groups = n;
			return 0;
		}
		if (n <= had)
			n = had * 2;
		if (n > IDENTITY_GROUPS)
			return WM_E_SYSTEM;
	}
}

static int
identity_find_user(struct wm__identity *identity, const char *user, char *error,
    size_t error_size)
{
	const struct passwd *pw = getpwnam(user);

	if (pw == NULL) {
		snprintf(error, error_size, "no such user: %s", user);
		return WM_E_NOT_FOUND;
	}
	identity->set_user = true;
	identity->uid = pw->pw_uid;
	identity->gid = pw->pw_gid;
	return 0;
}

static int
identity_find_group(struct wm__identity *identity, const char *group,
    char *error, size_t error_size)
{
	const struct group *gr = getgrnam(group);

	if (gr == NULL) {
		snprintf(error, error_size, "no such group: %s", group);
		return WM_E_NOT_FOUND;
	}
	identity->gid = gr->gr_gid;
	return 0;
}

int
wm__identity_init(struct wm__identity *identity, const char *user,
    const char *group, char *error, size_t error_size)
{
	int failed = 0;

	*identity = (struct wm__identity){ 0 };
	if (user == NULL && group == NULL)
		return 0;
	if (user != NULL)
		failed = identity_find_user(identity, user, error, error_size);
	if (failed == 0 && group != NULL)
		failed =
		    identity_find_group(identity, group, error, error_size);
	if (failed < 0)
		return failed;
	if (geteuid() != 0) {
		wm_log(WM_LOG_WARNING,
		    "only root can change to user %s, group %s: unchanged",
		    user != NULL ? user : "-", group != NULL ? group : "-");
		return 0;
	}
	identity->change = true;
	if (user == NULL || (failed = identity_groups(identity, user)) == 0)
		return 0;
	snprintf(error, error_size, "cannot list the groups of user %s", user);
	return failed;
}

void
wm__identity_fini(struct wm__identity *identity)
{
	free(identity->groups);
	*identity = (struct wm__identity){ 0 };
}

/* Whether the process is what it was to become, and cannot go back. */
static bool
identity_holds(const struct wm__identity *identity)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresgid(&rgid, &egid, &sgid) < 0 || rgid != identity->gid ||
	    egid != identity->gid || sgid != identity->gid)
		return false;
	if (!identity->set_user)
		return true;
	if (getresuid(&ruid, &euid, &suid) < 0 || ruid != identity->uid ||
	    euid != identity->uid || suid != identity->uid)
		return false;
	return identity->uid == 0 || setuid(0) < 0;
}

int
wm__identity_assume(const struct wm__identity *identity, const char **step_r)
{
	size_t n = (size_t)identity->n_groups;
	const gid_t *groups = identity->groups;

	if (!identity->change)
		return 0;
	if (groups == NULL) {
		n = 1;
		groups = &identity->gid;
	}
	*step_r = "set the supplementary groups";
	if (setgroups(n, groups) < 0)
		return WM_E_SYSTEM;
	*step_r = "set the group";
	if (setresgid(identity->gid, identity->gid, identity->gid) < 0)
		return WM_E_SYSTEM;
	*step_r = "set the user";
	if (identity->set_user &&
	    setresuid(identity->uid, identity->uid, identity->uid) < 0)
		return WM_E_SYSTEM;
	*step_r = "give up root";
	if (!identity_holds(identity)) {
		errno = EPERM;
		return WM_E_SYSTEM;
	}
	return 0;
}
