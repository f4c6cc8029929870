/* SPDX-License-Identifier: MIT */
/* The run directory and the pid file in it. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/master/pidfile.h"
#include "framework/master/rundir.h"
#include "tests/support/unit.h"

static char base[64]; /* a fresh directory of each test */
static struct wm__rundir dir;
static char error[512];

static const char *
path(const char *name)
{
	static char buf[256];

	snprintf(buf, sizeof(buf), "%s/%s", base, name);
	return buf;
}

static int
make_base(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/wm-pidfile-XXXXXX");
	error[0] = '\0';
	return mkdtemp(base) != NULL ? 0 : -1;
}

static int
open_dir(void **state)
{
	if (make_base(state) < 0)
		return -1;
	return wm__rundir_names(&dir, path("run"), "app", error,
		   sizeof(error)) |
	    wm__rundir_open(&dir, error, sizeof(error));
}

static int
remove_base(void **state)
{
	static const char *const names[] = { "run/app.pid", "run/other", "run",
		"link", "file" };

	(void)state;
	wm__rundir_close(&dir);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		remove(path(names[i]));
	return rmdir(base);
}

static void
write_file(const char *name, const char *text)
{
	FILE *f = fopen(path(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* ---- the run directory ---- */

static int
try_open(const char *name)
{
	assert_int_equal(wm__rundir_names(&dir, path(name), "app", error,
			     sizeof(error)),
	    0);
	return wm__rundir_open(&dir, error, sizeof(error));
}

static void
a_new_directory_is_private(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(try_open("run"), 0);
	assert_int_equal(stat(path("run"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(try_open("run/"), 0);
}

static void
a_link_is_not_followed(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path("run"), 0700), 0);
	assert_int_equal(symlink("run", path("link")), 0);
	assert_int_equal(try_open("link"), WM_E_SYSTEM);
	assert_non_null(strstr(error, "link: is a symbolic link"));
	assert_int_equal(try_open("link/"), WM_E_SYSTEM);
}

static void
a_directory_that_others_write_to_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path("run"), 0700), 0);
	chmod(path("run"), 0770);
	assert_int_equal(try_open("run"), WM_E_POLICY);
	assert_non_null(strstr(error, "writable by others"));
	chmod(path("run"), 0755);
	assert_int_equal(try_open("run"), 0);
}

static void
a_directory_of_somebody_else_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir(path("run"), 0700), 0);
	assert_int_equal(chown(path("run"), 65534, 65534), 0);
	assert_int_equal(try_open("run"), WM_E_POLICY);
	assert_non_null(strstr(error, "another user"));
}

static void
a_file_or_a_missing_parent_is_named(void **state)
{
	(void)state;
	write_file("file", "");
	assert_int_equal(try_open("file"), WM_E_SYSTEM);
	assert_non_null(strstr(error, "/file: "));
	assert_int_equal(try_open("none/run"), WM_E_SYSTEM);
	assert_non_null(strstr(error, "No such file"));
}

static void
a_socket_path_over_107_bytes_is_refused(void **state)
{
	char longest[WM__SOCKET_PATH_MAX + 8];
	size_t len = WM__SOCKET_PATH_MAX - strlen("/app.sock");

	(void)state;
	memset(longest, 'd', sizeof(longest));
	longest[0] = '/';
	longest[len] = '\0';
	assert_int_equal(wm__rundir_names(&dir, longest, "app", error,
			     sizeof(error)),
	    0);
	longest[len] = 'd';
	longest[len + 1] = '\0';
	assert_int_equal(wm__rundir_names(&dir, longest, "app", error,
			     sizeof(error)),
	    WM_E_INVALID);
	assert_non_null(strstr(error, "107 bytes"));
}

/* ---- the pid file ---- */

static int
lock(int *fd)
{
	return wm__pidfile_lock(&dir, fd, error, sizeof(error));
}

static void
only_one_gets_the_lock(void **state)
{
	int first, second;

	(void)state;
	assert_false(wm__pidfile_held(&dir));
	assert_int_equal(lock(&first), 0);
	assert_true(wm__pidfile_held(&dir));
	assert_int_equal(lock(&second), WM_E_BUSY);
	wm__pidfile_release(&dir, &first);
	assert_int_equal(first, -1);
	assert_int_equal(access(path("run/app.pid"), F_OK), -1);
	assert_false(wm__pidfile_held(&dir));
	assert_int_equal(lock(&second), 0);
	wm__pidfile_release(&dir, &second);
}

static void
what_stands_in_it_does_not_matter(void **state)
{
	static const char *const texts[] = { "", "1\n", "-1\n", "0", "garbage",
		"99999999999999999999999999\n", "4194305\n", "\n\n\n" };
	char expected[32], text[64];
	int fd;

	(void)state;
	snprintf(expected, sizeof(expected), "%ld\n", (long)getpid());
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		FILE *f;

		write_file("run/app.pid", texts[i]);
		assert_int_equal(lock(&fd), 0);
		assert_int_equal(wm__pidfile_write(fd), 0);
		f = fopen(path("run/app.pid"), "r");
		assert_non_null(f);
		text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
		fclose(f);
		assert_string_equal(text, expected);
		wm__pidfile_release(&dir, &fd);
	}
}

static void
links_and_other_things_are_refused(void **state)
{
	int fd;

	(void)state;
	write_file("run/other", "7\n");
	assert_int_equal(symlink("other", path("run/app.pid")), 0);
	assert_int_equal(lock(&fd), WM_E_SYSTEM);
	assert_non_null(strstr(error, "app.pid: is a symbolic link"));
	assert_false(wm__pidfile_held(&dir));
	remove(path("run/app.pid"));
	assert_int_equal(mkfifo(path("run/app.pid"), 0600), 0);
	assert_int_equal(lock(&fd), WM_E_SYSTEM);
	remove(path("run/app.pid"));
	assert_int_equal(mkdir(path("run/app.pid"), 0700), 0);
	assert_int_equal(lock(&fd), WM_E_SYSTEM);
	assert_int_equal(rmdir(path("run/app.pid")), 0);
	{
		char target[256];

		snprintf(target, sizeof(target), "%s", path("run/other"));
		assert_int_equal(link(target, path("run/app.pid")), 0);
	}
	assert_int_equal(lock(&fd), WM_E_SYSTEM);
	assert_non_null(strstr(error, "not a plain file"));
}

static void
a_removed_file_is_not_given_back_under_another(void **state)
{
	int fd, other;

	(void)state;
	assert_int_equal(lock(&fd), 0);
	assert_int_equal(remove(path("run/app.pid")), 0);
	assert_int_equal(lock(&other), 0);
	wm__pidfile_release(&dir, &fd); /* must not remove the new one */
	assert_int_equal(access(path("run/app.pid"), F_OK), 0);
	assert_true(wm__pidfile_held(&dir));
	wm__pidfile_release(&dir, &other);
}

static void
the_file_is_not_writable_by_others(void **state)
{
	struct stat st;
	mode_t before = umask(0);
	int fd;

	(void)state;
	assert_int_equal(lock(&fd), 0);
	umask(before);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 022, 0);
	wm__pidfile_release(&dir, &fd);
}

#define DIR_TEST(f) cmocka_unit_test_setup_teardown(f, make_base, remove_base)
#define PID_TEST(f) cmocka_unit_test_setup_teardown(f, open_dir, remove_base)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DIR_TEST(a_new_directory_is_private),
		DIR_TEST(a_link_is_not_followed),
		DIR_TEST(a_directory_that_others_write_to_is_refused),
		DIR_TEST(a_directory_of_somebody_else_is_refused),
		DIR_TEST(a_file_or_a_missing_parent_is_named),
		DIR_TEST(a_socket_path_over_107_bytes_is_refused),
		PID_TEST(only_one_gets_the_lock),
		PID_TEST(what_stands_in_it_does_not_matter),
		PID_TEST(links_and_other_things_are_refused),
		PID_TEST(a_removed_file_is_not_given_back_under_another),
		PID_TEST(the_file_is_not_writable_by_others),
	};

	return UNIT_RUN(tests);
}
