/* SPDX-License-Identifier: MIT */
/* Files without a name, in both ways to one. */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/tempfile.h"
#include "tests/support/unit.h"

static char dir[] = "/tmp/wm-tempfile-XXXXXX";

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* A file that is ours alone, open, and in no directory. */
static void
check(int fd)
{
	struct stat st;
	char text[4] = "";

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_size, 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(pread(fd, text, 3, 0), 3);
	assert_string_equal(text, "abc");
	close(fd);
}

static void
has_no_name_and_is_ours_alone(void **state)
{
	mode_t before = umask(0);
	int fd = wm__temp_file_unnamed(dir);

	(void)state;
	if (fd != WM_E_UNSUPPORTED) /* as on some file systems */
		check(fd);
	check(wm__temp_file_unlinked(dir));
	check(wm_temp_file(dir));
	umask(before);
}

static void
goes_where_tmpdir_says(void **state)
{
	(void)state;
	setenv("TMPDIR", dir, 1);
	check(wm_temp_file(NULL));
	setenv("TMPDIR", "/nonexistent", 1);
	assert_int_equal(wm_temp_file(NULL), WM_E_SYSTEM);
	assert_int_equal(errno, ENOENT);
	unsetenv("TMPDIR");
	check(wm_temp_file(NULL));
}

static void
says_what_it_cannot_do(void **state)
{
	static char endless[5000];

	(void)state;
	memset(endless, 'x', sizeof(endless) - 1);
	assert_int_equal(wm__temp_file_unlinked(endless), WM_E_INVALID);
	assert_int_equal(wm__temp_file_unlinked("/nonexistent"), WM_E_SYSTEM);
	assert_int_equal(wm__temp_file_unnamed("/nonexistent"), WM_E_SYSTEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_no_name_and_is_ours_alone),
		cmocka_unit_test(goes_where_tmpdir_says),
		cmocka_unit_test(says_what_it_cannot_do),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
