/* SPDX-License-Identifier: MIT */
/* Forms, collected: what becomes of values and files, and of their limits. */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocols/http/head.h"
#include "tests/support/unit.h"

#include <workerman/workerman.h>

#define MULTIPART "multipart/form-data; boundary=xyz"
#define ENCODED   "application/x-www-form-urlencoded"

#define FIELD(name, data)                                                      \
	"--xyz\r\nContent-Disposition: form-data; name=" name "\r\n\r\n" data  \
	"\r\n"
#define FILE_OF(name, data)                                                    \
	"--xyz\r\nContent-Disposition: form-data; name=" name                  \
	"; filename=\"../f\"\r\nContent-Type: a/b\r\n\r\n" data "\r\n"
#define END "--xyz--\r\n"

static struct wm_http_form *form;

static int
form_new(const char *type, const struct wm_http_form_limits *limits)
{
	struct wm_http_field field = { { "Content-Type", 12 },
		{ type, strlen(type) } };
	struct wm_http_request r = { .fields = &field, .nfields = 1 };

	return wm_http_form_new(&r, limits, &form);
}

/* The body as messages of at most `step` bytes, an empty one at the end. */
static int
feed(const char *body, size_t step)
{
	size_t len = strlen(body), n;
	struct wm_msg m = { .flags = WM_MSG_FIRST };
	int rc = wm_http_form_feed(form, &m);

	for (; rc == 0 && len > 0; body += n, len -= n) {
		n = step < len ? step : len;
		m = (struct wm_msg){ .data = body, .len = n };
		rc = wm_http_form_feed(form, &m);
	}
	m = (struct wm_msg){ .flags = WM_MSG_LAST };
	return rc == 0 ? wm_http_form_feed(form, &m) : rc;
}

static int
collect(const char *type, const struct wm_http_form_limits *limits,
    const char *body)
{
	assert_int_equal(form_new(type, limits), 0);
	return feed(body, 7);
}

static void
assert_file(const struct wm_http_form_field *f, const char *want)
{
	char text[64] = "";
	struct stat st;

	assert_int_equal(f->len, strlen(want));
	assert_int_equal(read(f->fd, text, sizeof(text)), strlen(want));
	assert_string_equal(text, want);
	assert_int_equal(fstat(f->fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 0);
}

static void
values_are_in_memory_and_files_in_files(void **state)
{
	const struct wm_http_form_field *f;

	(void)state;
	assert_int_equal(collect(MULTIPART, NULL,
			     FIELD("a", "1") FILE_OF("up", "some\r\ndata")
				 FIELD("a", "") FILE_OF("none", "") END),
	    0);
	f = wm_http_form_find(form, "a");
	assert_ptr_equal(f, wm_http_form_at(form, 0));
	assert_string_equal(f->value, "1");
	assert_int_equal(f->len, 1);
	assert_null(f->filename);
	assert_null(f->type);
	assert_int_equal(f->fd, -1);
	f = wm_http_form_find(form, "up");
	assert_string_equal(f->filename, "../f");
	assert_string_equal(f->type, "a/b");
	assert_string_equal(f->value, "");
	assert_file(f, "some\r\ndata");
	assert_string_equal(wm_http_form_at(form, 2)->value, "");
	assert_file(wm_http_form_find(form, "none"), "");
	assert_null(wm_http_form_at(form, 4));
	assert_null(wm_http_form_find(form, "b"));
	wm_http_form_free(&form);
	assert_null(form);
}

static void
an_urlencoded_form_is_decoded(void **state)
{
	(void)state;
	assert_int_equal(collect(ENCODED "; charset=utf-8", NULL,
			     "a=1&b+c=x%26y&a=2&flag&%C3%A4="),
	    0);
	assert_string_equal(wm_http_form_find(form, "a")->value, "1");
	assert_string_equal(wm_http_form_find(form, "b c")->value, "x&y");
	assert_int_equal(wm_http_form_find(form, "b c")->len, 3);
	assert_string_equal(wm_http_form_at(form, 2)->value, "2");
	assert_string_equal(wm_http_form_find(form, "flag")->value, "");
	assert_non_null(wm_http_form_find(form, "\xc3\xa4"));
	assert_null(wm_http_form_at(form, 5));
	wm_http_form_free(&form);
	assert_int_equal(collect(ENCODED, NULL, ""), 0);
	assert_null(wm_http_form_at(form, 0));
	wm_http_form_free(&form);
}

static void
other_types_and_malformed_bodies_are_refused(void **state)
{
	static const char *const bad[][2] = {
		{ ENCODED, "a=%zz" },
		{ ENCODED, "a=%00" },
		{ ENCODED, "%=a" },
		{ MULTIPART, FIELD("a", "1") },
		{ MULTIPART, "a=1" },
	};
	size_t i;

	(void)state;
	assert_int_equal(form_new("text/plain", NULL), WM_E_UNSUPPORTED);
	assert_null(form);
	assert_int_equal(form_new("multipart/form-data", NULL), WM_E_PROTOCOL);
	assert_null(form);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(collect(bad[i][0], NULL, bad[i][1]),
		    WM_E_PROTOCOL);
		assert_int_equal(feed("a=1", 3), WM_E_PROTOCOL);
		wm_http_form_free(&form);
	}
}

static void
each_limit_is_kept(void **state)
{
	static const struct wm_http_form_limits limits = { .fields = 2,
		.value_bytes = 20,
		.file_bytes = 10 };
	static const struct {
		const char *type, *body;
		int rc;
	} rows[] = {
		{ ENCODED, "a=1&b=2", 0 },
		{ ENCODED, "a=1&b=2&c=3", WM_E_TOO_BIG },
		{ ENCODED, "a=123456789012345678", 0 },
		{ ENCODED, "a=1234567890123456789", WM_E_TOO_BIG },
		{ MULTIPART,
		    FIELD("a", "123456789") FIELD("b", "123456789") END, 0 },
		{ MULTIPART,
		    FIELD("a", "123456789") FIELD("b", "1234567890") END,
		    WM_E_TOO_BIG },
		{ MULTIPART, FIELD("a23456789012345678901", "") END,
		    WM_E_TOO_BIG },
		{ MULTIPART, FIELD("a", "") FIELD("b", "") FIELD("c", "") END,
		    WM_E_TOO_BIG },
		{ MULTIPART, FILE_OF("a", "12345") FILE_OF("b", "12345") END,
		    0 },
		{ MULTIPART, FILE_OF("a", "12345") FILE_OF("b", "123456") END,
		    WM_E_TOO_BIG },
	};
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		rc = collect(rows[i].type, &limits, rows[i].body);
		if (rc != rows[i].rc)
			fail_msg("%s: %s", rows[i].body, wm_error_text(rc));
		wm_http_form_free(&form);
	}
}

static void
a_file_that_cannot_be_made_is_an_error_of_the_system(void **state)
{
	static const struct wm_http_form_limits nowhere = {
		.dir = "/nonexistent/folder"
	};

	(void)state;
	assert_int_equal(collect(MULTIPART, &nowhere, FILE_OF("a", "1") END),
	    WM_E_SYSTEM);
	wm_http_form_free(&form);
}

static unsigned
open_files(void)
{
	DIR *dir = opendir("/dev/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void
files_are_closed_unless_they_are_taken(void **state)
{
	unsigned before = open_files();
	int fd;

	(void)state;
	assert_int_equal(collect(MULTIPART, NULL,
			     FILE_OF("a", "1") FILE_OF("b", "2") END),
	    0);
	fd = wm_http_form_take_file(wm_http_form_find(form, "a"));
	assert_true(fd >= 0);
	assert_int_equal(wm_http_form_take_file(wm_http_form_find(form, "a")),
	    -1);
	wm_http_form_free(&form);
	assert_int_equal(open_files(), before + 1);
	close(fd);
	/* and one that is broken off */
	assert_int_equal(form_new(MULTIPART, NULL), 0);
	feed(FILE_OF("a", "1"), 5);
	wm_http_form_free(&form);
	assert_int_equal(open_files(), before);
}

static void
each_error_has_its_status(void **state)
{
	(void)state;
	assert_int_equal(wm_http_form_status(WM_E_PROTOCOL), 400);
	assert_int_equal(wm_http_form_status(WM_E_TOO_BIG), 413);
	assert_int_equal(wm_http_form_status(WM_E_UNSUPPORTED), 415);
	assert_int_equal(wm_http_form_status(WM_E_NOMEM), 500);
	assert_int_equal(wm_http_form_status(WM_E_SYSTEM), 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_in_memory_and_files_in_files),
		cmocka_unit_test(an_urlencoded_form_is_decoded),
		cmocka_unit_test(other_types_and_malformed_bodies_are_refused),
		cmocka_unit_test(each_limit_is_kept),
		cmocka_unit_test(
		    a_file_that_cannot_be_made_is_an_error_of_the_system),
		cmocka_unit_test(files_are_closed_unless_they_are_taken),
		cmocka_unit_test(each_error_has_its_status),
	};

	return UNIT_RUN(tests);
}
