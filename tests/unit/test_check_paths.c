/* SPDX-License-Identifier: MIT */
/* check_paths.c: run directory, pid file, control socket, log. */
#include "tests/support/unit.h"

#include <sys/stat.h>

#include <errno.h>
#include <unistd.h>

#include "framework/cli/check_paths.h"

static struct wm__finding found;

static struct wm__finding *
fresh(void)
{
	found = (struct wm__finding){ 0 };
	return &found;
}

static struct wm__path_facts
there(mode_t mode)
{
	return (struct wm__path_facts){ .path = "/r/it",
		.me = 7,
		.owner = 7,
		.links = 1,
		.mode = mode };
}

static struct wm__path_facts
absent(int forbidden)
{
	return (struct wm__path_facts){ .path = "/r/it",
		.me = 7,
		.error = ENOENT,
		.forbidden = forbidden };
}

static void
expect(enum wm__check_level level, const char *text, const char *mend)
{
	assert_int_equal(found.level, level);
	assert_string_equal(found.text, text);
	assert_string_equal(found.mend, mend);
}

static void
a_run_directory_of_ours_is_ok(void **state)
{
	struct wm__path_facts facts = there(S_IFDIR | 0700);

	wm__judge_run_dir(&facts, fresh());
	expect(WM__CHECK_OK, "/r/it is ours, mode 0700", "");
	facts = absent(0);
	wm__judge_run_dir(&facts, fresh());
	expect(WM__CHECK_OK, "/r/it will be made", "");
}

static void
a_run_directory_that_is_not_is_missing(void **state)
{
	struct wm__path_facts facts = there(S_IFDIR | 0770);

	wm__judge_run_dir(&facts, fresh());
	expect(WM__CHECK_MISSING, "/r/it is writable by others",
	    "chmod go-w /r/it");
	facts = there(S_IFDIR | 0700);
	facts.owner = 8;
	wm__judge_run_dir(&facts, fresh());
	expect(WM__CHECK_MISSING, "/r/it belongs to another user",
	    "chown 7 /r/it");
	assert_true(found.as_root);
	facts = there(S_IFLNK | 0777);
	wm__judge_run_dir(&facts, fresh());
	expect(WM__CHECK_MISSING, "/r/it is a symbolic link", "rm /r/it");
	facts = there(S_IFREG | 0600);
	wm__judge_run_dir(&facts, fresh());
	expect(WM__CHECK_MISSING, "/r/it is not a directory", "rm /r/it");
}

static void
a_run_directory_that_cannot_be_written_to_is_missing(void **state)
{
	struct wm__path_facts facts = there(S_IFDIR | 0500);

	facts.forbidden = EACCES;
	wm__judge_run_dir(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_string_equal(found.mend, "chmod u+rwX /r/it");
	facts.forbidden = EROFS;
	wm__judge_run_dir(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_non_null(strstr(found.mend, "remount,rw"));
	facts = absent(EACCES);
	wm__judge_run_dir(&facts, fresh());
	expect(WM__CHECK_MISSING, "/r/it cannot be made: Permission denied",
	    "install -d -m 700 -o 7 /r/it");
	facts = absent(ENOENT);
	wm__judge_run_dir(&facts, fresh());
	expect(WM__CHECK_MISSING,
	    "/r/it cannot be made: No such file or directory", "mkdir -p /r");
}

static void
the_pid_file_must_be_plain(void **state)
{
	struct wm__path_facts facts = absent(0);

	wm__judge_pid_file(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	facts = there(S_IFREG | 0644);
	wm__judge_pid_file(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	facts.links = 2;
	wm__judge_pid_file(&facts, fresh());
	expect(WM__CHECK_MISSING, "pid file /r/it has a second name",
	    "rm /r/it");
	facts = there(S_IFLNK | 0777);
	wm__judge_pid_file(&facts, fresh());
	expect(WM__CHECK_MISSING, "pid file /r/it is a symbolic link",
	    "rm /r/it");
}

static void
the_control_socket_tells_of_the_master(void **state)
{
	struct wm__path_facts facts = there(S_IFSOCK | 0600);

	wm__judge_control(&facts, WM__MASTER_RUNS, 42, fresh());
	expect(WM__CHECK_OK, "master 42 runs and answers", "");
	wm__judge_control(&facts, WM__MASTER_SILENT, 0, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	wm__judge_control(&facts, WM__MASTER_FOREIGN, 0, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	wm__judge_control(&facts, WM__MASTER_NONE, 0, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	assert_string_equal(found.mend, "rm /r/it");
	facts = there(S_IFDIR | 0700);
	wm__judge_control(&facts, WM__MASTER_NONE, 0, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	facts = absent(0);
	wm__judge_control(&facts, WM__MASTER_NONE, 0, fresh());
	expect(WM__CHECK_OK, "no master runs", "");
}

static void
the_log_is_a_plain_file_of_ours_or_a_device(void **state)
{
	struct wm__path_facts facts = there(S_IFREG | 0640);

	wm__judge_log(&facts, fresh());
	expect(WM__CHECK_OK, "/r/it can be written to", "");
	facts.mode = S_IFREG | 0666;
	wm__judge_log(&facts, fresh());
	expect(WM__CHECK_MISSING, "/r/it is writable by everybody",
	    "chmod o-w /r/it");
	facts = there(S_IFCHR | 0666);
	facts.owner = 0;
	wm__judge_log(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	facts = there(S_IFLNK | 0777);
	wm__judge_log(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	facts = there(S_IFDIR | 0700);
	wm__judge_log(&facts, fresh());
	expect(WM__CHECK_MISSING, "/r/it is neither a plain file nor a device",
	    "rmdir /r/it");
	facts = absent(EACCES);
	wm__judge_log(&facts, fresh());
	assert_string_equal(found.mend, "install -m 640 -o 7 /dev/null /r/it");
	facts = absent(0);
	wm__judge_log(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
}

static void
a_path_is_looked_at_without_following_it(void **state)
{
	char dir[] = "/tmp/wm-unit-XXXXXX", path[64];
	struct wm__path_facts facts;

	assert_non_null(mkdtemp(dir));
	wm__path_look(dir, &facts);
	assert_int_equal(facts.error, 0);
	assert_int_equal(facts.forbidden, 0);
	assert_true(S_ISDIR(facts.mode));
	assert_int_equal(facts.owner, geteuid());
	snprintf(path, sizeof(path), "%s/x", dir);
	wm__path_look(path, &facts);
	assert_int_equal(facts.error, ENOENT);
	assert_int_equal(facts.forbidden, 0);
	assert_int_equal(symlink("/", path), 0);
	wm__path_look(path, &facts);
	assert_true(S_ISLNK(facts.mode));
	unlink(path);
	snprintf(path, sizeof(path), "%s/x/y", dir);
	wm__path_look(path, &facts);
	assert_int_equal(facts.forbidden, ENOENT);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_directory_of_ours_is_ok),
		cmocka_unit_test(a_run_directory_that_is_not_is_missing),
		cmocka_unit_test(
		    a_run_directory_that_cannot_be_written_to_is_missing),
		cmocka_unit_test(the_pid_file_must_be_plain),
		cmocka_unit_test(the_control_socket_tells_of_the_master),
		cmocka_unit_test(the_log_is_a_plain_file_of_ours_or_a_device),
		cmocka_unit_test(a_path_is_looked_at_without_following_it),
	};

	return UNIT_RUN(tests);
}
