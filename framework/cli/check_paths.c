/* SPDX-License-Identifier: MIT */
/*
 * The run directory, the pid file and the control socket in it, and the log:
 * the rules are those of master/rundir.c, pidfile.c and logfile.c, which have
 * the last word.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <workerman/app.h>

#include "framework/cli/check_paths.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/cli/paths.h"
#include "framework/master/rundir.h"

/* ---- looking ---- */

static int
paths_forbidden(const char *path, int how)
{
	return faccessat(AT_FDCWD, path, how, AT_EACCESS) < 0 ? errno : 0;
}

/* Whether something can be made beside `path`. */
static int
paths_parent_forbidden(const char *path)
{
	char parent[PATH_MAX];
	char *slash;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (slash == NULL)
		return ENOENT;
	slash[slash == parent] = '\0';
	return paths_forbidden(parent, W_OK | X_OK);
}

void
wm__path_look(const char *path, struct wm__path_facts *facts_r)
{
	struct stat st;

	*facts_r = (struct wm__path_facts){ .path = path, .me = geteuid() };
	if (lstat(path, &st) < 0) {
		facts_r->error = errno;
		facts_r->forbidden = paths_parent_forbidden(path);
		return;
	}
	facts_r->mode = st.st_mode;
	facts_r->owner = st.st_uid;
	facts_r->links = st.st_nlink;
	if (!S_ISLNK(st.st_mode))
		facts_r->forbidden = paths_forbidden(path,
		    S_ISDIR(st.st_mode) ? W_OK | X_OK : W_OK);
}

/* ---- judging ---- */

/* A command on the path, which may need quotes. */
static void
paths_mend(struct wm__finding *f, const char *command, const char *path)
{
	char word[900];

	wm__check_quote(path, word, sizeof(word));
	if (*word != '\0')
		wm__finding_mend(f, "%s %s", command, word);
}

static void
paths_mend_parent(struct wm__finding *f, const char *path)
{
	char parent[PATH_MAX];
	char *slash;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (slash == NULL || slash == parent)
		return;
	*slash = '\0';
	paths_mend(f, "mkdir -p", parent);
}

bool
wm__judge_reach(const struct wm__path_facts *facts, const char *what,
    struct wm__finding *f)
{
	const char *why;
	char word[800];

	if (facts->error != 0 && facts->error != ENOENT)
		why = strerror(facts->error);
	else if (facts->forbidden != 0)
		why = strerror(facts->forbidden);
	else
		return false;
	wm__finding_set(f, WM__CHECK_MISSING, "%s%.800s %s: %s", what,
	    facts->path,
	    facts->error != 0 ? "cannot be made" : "cannot be written to", why);
	wm__check_quote(facts->path, word, sizeof(word));
	if (facts->forbidden == EROFS && *word != '\0')
		wm__finding_mend_as_root(f,
		    "mount -o remount,rw \"$(findmnt -no TARGET -T %s)\"",
		    word);
	else if (facts->error == ENOENT && facts->forbidden == ENOENT)
		paths_mend_parent(f, facts->path);
	else if (facts->forbidden == EACCES && facts->error == 0)
		paths_mend(f, "chmod u+rwX", facts->path);
	return true;
}

/* Where only somebody else may make it: `command` USER `from` PATH. */
static void
paths_mend_make(const struct wm__path_facts *facts, const char *command,
    const char *from, struct wm__finding *f)
{
	char word[800];

	wm__check_quote(facts->path, word, sizeof(word));
	if (facts->error == ENOENT && facts->forbidden == EACCES &&
	    *word != '\0')
		wm__finding_mend_as_root(f, "%s %lu %s%s", command,
		    (unsigned long)facts->me, from, word);
}

/* What is there and is not what it must be. */
static bool
paths_judge_kind(const struct wm__path_facts *facts, const char *what,
    bool right, const char *kind, struct wm__finding *f)
{
	const char *wrong = "belongs to another user";
	char word[800];

	if (right && facts->owner == facts->me)
		return false;
	if (!right)
		wrong = S_ISLNK(facts->mode) ? "is a symbolic link" : kind;
	wm__finding_set(f, WM__CHECK_MISSING, "%s%.800s %s", what, facts->path,
	    wrong);
	wm__check_quote(facts->path, word, sizeof(word));
	if (right && *word != '\0')
		wm__finding_mend_as_root(f, "chown %lu %s",
		    (unsigned long)facts->me, word);
	else if (!right)
		paths_mend(f, S_ISDIR(facts->mode) ? "rmdir" : "rm",
		    facts->path);
	return true;
}

void
wm__judge_run_dir(const struct wm__path_facts *facts, struct wm__finding *f)
{
	if (facts->error == ENOENT && facts->forbidden == 0) {
		wm__finding_set(f, WM__CHECK_OK, "%s will be made",
		    facts->path);
		return;
	}
	if (facts->error == 0 &&
	    paths_judge_kind(facts, "", S_ISDIR(facts->mode),
		"is not a directory", f))
		return;
	if (facts->error == 0 && (facts->mode & (S_IWGRP | S_IWOTH)) != 0) {
		wm__finding_set(f, WM__CHECK_MISSING,
		    "%s is writable by others", facts->path);
		paths_mend(f, "chmod go-w", facts->path);
		return;
	}
	if (wm__judge_reach(facts, "", f)) {
		paths_mend_make(facts, "install -d -m 700 -o", "", f);
		return;
	}
	wm__finding_set(f, WM__CHECK_OK, "%s is ours, mode %04o", facts->path,
	    (unsigned)(facts->mode & 07777));
}

void
wm__judge_pid_file(const struct wm__path_facts *facts, struct wm__finding *f)
{
	bool plain = S_ISREG(facts->mode) && facts->links <= 1;

	if (facts->error == 0 &&
	    (paths_judge_kind(facts, "pid file ", plain,
		 S_ISREG(facts->mode) ? "has a second name" :
					"is not a plain file",
		 f) ||
		wm__judge_reach(facts, "pid file ", f)))
		return;
	wm__finding_set(f, WM__CHECK_OK,
	    facts->error == 0 ? "pid file is ours; its lock decides" :
				"no pid file yet");
}

void
wm__judge_control(const struct wm__path_facts *facts,
    enum wm__check_master master, unsigned long long pid, struct wm__finding *f)
{
	switch (master) {
	case WM__MASTER_RUNS:
		wm__finding_set(f, WM__CHECK_OK, "master %llu runs and answers",
		    pid);
		return;
	case WM__MASTER_SILENT:
		wm__finding_set(f, WM__CHECK_WARN,
		    "a master runs and does not answer");
		return;
	case WM__MASTER_FOREIGN:
		wm__finding_set(f, WM__CHECK_MISSING,
		    "the master here is another user's: choose another "
		    "--run-dir");
		return;
	case WM__MASTER_NONE:
		break;
	}
	if (facts->error != 0) {
		wm__finding_set(f, WM__CHECK_OK, "no master runs");
	} else if (S_ISDIR(facts->mode)) {
		wm__finding_set(f, WM__CHECK_MISSING,
		    "%s is a directory in the way of the control socket",
		    facts->path);
		paths_mend(f, "rmdir", facts->path);
	} else {
		wm__finding_set(f, WM__CHECK_WARN,
		    "%s is left of a master that was killed; the next start "
		    "replaces it",
		    facts->path);
		paths_mend(f, "rm", facts->path);
	}
}

void
wm__judge_log(const struct wm__path_facts *facts, struct wm__finding *f)
{
	bool device = S_ISCHR(facts->mode);
	bool plain = S_ISREG(facts->mode) && facts->links <= 1;

	if (facts->error == ENOENT && facts->forbidden == 0) {
		wm__finding_set(f, WM__CHECK_OK, "%s will be made",
		    facts->path);
		return;
	}
	if (facts->error == 0 && !device &&
	    paths_judge_kind(facts, "", plain,
		S_ISREG(facts->mode) ? "has a second name" :
				       "is neither a plain file nor a device",
		f))
		return;
	if (facts->error == 0 && !device && (facts->mode & S_IWOTH) != 0) {
		wm__finding_set(f, WM__CHECK_MISSING,
		    "%s is writable by everybody", facts->path);
		paths_mend(f, "chmod o-w", facts->path);
		return;
	}
	if (wm__judge_reach(facts, "", f)) {
		paths_mend_make(facts, "install -m 640 -o", "/dev/null ", f);
		return;
	}
	wm__finding_set(f, WM__CHECK_OK, "%s can be written to", facts->path);
}

/* ---- facts ---- */

void
wm__check_run_dir(const struct wm__check *check, struct wm__report *report)
{
	struct wm__path_facts facts;
	struct wm__finding f = { 0 };

	if (check->dir_error != NULL) {
		wm__finding_set(&f, WM__CHECK_MISSING, "%s", check->dir_error);
		wm__finding_mend(&f, "%s check --run-dir /tmp/%s",
		    check->cli->argv[0], check->cli->app->name);
	} else {
		wm__path_look(check->dir.path, &facts);
		wm__judge_run_dir(&facts, &f);
	}
	wm__report_add(report, &f);
}

void
wm__check_control(const struct wm__check *check, struct wm__report *report)
{
	char path[PATH_MAX + 80];
	struct wm__path_facts facts;
	struct wm__finding f = { 0 };

	if (check->dir_error != NULL)
		return;
	snprintf(path, sizeof(path), "%s/%s", check->dir.path,
	    check->dir.pid_name);
	wm__path_look(path, &facts);
	wm__judge_pid_file(&facts, &f);
	wm__report_add(report, &f);
	wm__path_look(check->dir.sock_path, &facts);
	f = (struct wm__finding){ 0 };
	wm__judge_control(&facts, check->master, check->master_pid, &f);
	wm__report_add(report, &f);
}

bool
wm__path_in_new_run_dir(const struct wm__check *check, const char *path)
{
	size_t len = strlen(check->dir.path);
	struct wm__path_facts facts;

	if (check->dir_error != NULL ||
	    strncmp(path, check->dir.path, len) != 0 || path[len] != '/' ||
	    strchr(path + len + 1, '/') != NULL)
		return false;
	wm__path_look(check->dir.path, &facts);
	return facts.error == ENOENT && facts.forbidden == 0;
}

void
wm__check_log(const struct wm__check *check, struct wm__report *report)
{
	const struct wm__options *o = check->cli->options;
	char buf[PATH_MAX];
	const char *path = buf;
	struct wm__path_facts facts;
	struct wm__finding f = { 0 };

	if (o->log != NULL)
		path = wm__paths_absolute(o->log, buf, sizeof(buf));
	else
		wm__paths_log(check->cli->app->name,
		    check->dir_error == NULL ? check->dir.path : "/tmp", buf,
		    sizeof(buf));
	if (path == NULL) {
		wm__finding_set(&f, WM__CHECK_MISSING, "the path is too long");
	} else {
		wm__path_look(path, &facts);
		if (wm__path_in_new_run_dir(check, path))
			facts.forbidden = 0;
		wm__judge_log(&facts, &f);
	}
	wm__report_add(report, &f);
}
