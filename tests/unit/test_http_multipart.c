/* SPDX-License-Identifier: MIT */
/* multipart/form-data: RFC 7578, and RFC 2046 section 5.1. */
#include "protocols/http/head.h"
#include "tests/support/unit.h"

#include <workerman/workerman.h>

#define TYPE "multipart/form-data; boundary=xyz"

/* What the handlers saw: "<name|filename|type>data." per part. */
static struct wm_buf seen;
static size_t pieces, largest;

static void
note(const char *mark, struct wm_span s)
{
	wm_buf_puts(&seen, mark);
	if (s.data == NULL)
		wm_buf_puts(&seen, "-");
	else
		wm_buf_put(&seen, s.data, s.len);
}

static int
on_part(void *arg, const struct wm_http_part *part)
{
	(void)arg;
	note("<", part->name);
	note("|", part->filename);
	note("|", part->type);
	wm_buf_puts(&seen, ">");
	return 0;
}

static int
on_data(void *arg, const void *data, size_t len)
{
	(void)arg;
	assert_true(len > 0);
	pieces++;
	if (len > largest)
		largest = len;
	wm_buf_put(&seen, data, len);
	return 0;
}

static int
on_end(void *arg)
{
	(void)arg;
	wm_buf_puts(&seen, ".");
	return 0;
}

static const struct wm_http_part_handlers handlers = { on_part, on_data,
	on_end };

static int
parser_new(const char *type, const struct wm_http_form_limits *limits,
    struct wm_http_multipart **mp_r)
{
	struct wm_http_field field = { { "Content-Type", 12 },
		{ type, strlen(type) } };
	struct wm_http_request r = { .fields = &field, .nfields = 1 };

	seen.len = 0;
	pieces = largest = 0;
	return wm_http_multipart_new(&r, limits, &handlers, NULL, mp_r);
}

static int
teardown(void **state)
{
	(void)state;
	wm_buf_fini(&seen);
	return 0;
}

/* The bytes in pieces of `step`, the first of `first`. */
static int
parse(const char *data, size_t len, size_t first, size_t step,
    const struct wm_http_form_limits *limits)
{
	struct wm_http_multipart *mp;
	size_t at = 0, n = first;
	int rc = parser_new(TYPE, limits, &mp);

	assert_int_equal(rc, 0);
	while (rc == 0 && at < len) {
		if (n > len - at)
			n = len - at;
		rc = wm_http_multipart_feed(mp, data + at, n);
		at += n;
		n = step;
	}
	if (rc == 0)
		rc = wm_http_multipart_end(mp);
	wm_http_multipart_free(&mp);
	wm_buf_put(&seen, "", 1);
	return rc;
}

struct row {
	const char *body;
	const char *want; /* null: WM_E_PROTOCOL */
};

#define FIELD(name)      "Content-Disposition: form-data; name=" name "\r\n"
#define PART(name, data) "--xyz\r\n" FIELD(name) "\r\n" data "\r\n"
#define END              "--xyz--"

/* clang-format off */
static const struct row rows[] = {
	{ PART("a", "1") END, "<a|-|->1." },
	{ PART("\"a b\"", "1") PART("c", "") END "\r\n",
	    "<a b|-|->1.<c|-|->." },
	{ "--xyz\r\n" FIELD("a") "\r\n" END, "<a|-|->." }, /* no line at all */
	{ "preamble\r\n" PART("a", "1") END "\r\nepilogue\r\n--xyz",
	    "<a|-|->1." },
	{ "\r\n" PART("a", "1") END, "<a|-|->1." },
	{ "--xyz\r\ncontent-disposition:form-data ;NAME=f; filename=\"x.txt\""
	    "\r\nContent-Type: text/plain; charset=utf-8\r\nX-Other: y\r\n"
	    "\r\ndata\r\n" END, "<f|x.txt|text/plain; charset=utf-8>data." },
	{ "--xyz\r\n" FIELD("a; filename=\"\"") "\r\n\r\n" END, "<a||->." },
	{ PART("a; filename*=UTF-8''%e2", "1") END, "<a|-|->1." },
	{ "--xyz\r\n" FIELD("a") "Content-Transfer-Encoding: 8bit\r\n\r\n1\r\n"
	    END, "<a|-|->1." },
	/* quotes: RFC 7578 section 2, and what browsers make of it */
	{ PART("\"a\\\"b\\\\c\\d\"", "1") END, "<a\"b\\c\\d|-|->1." },
	{ PART("\"a;b=c\"; filename=\"C:\\dir\\f.txt\"", "1") END,
	    "<a;b=c|C:\\dir\\f.txt|->1." },
	{ PART("\"\xc3\xa4%22\"", "1") END, "<\xc3\xa4%22|-|->1." },
	/* what is nearly a boundary is data */
	{ PART("a", "\r\n--xy\r\n--xyw\r\n-\r\r\n\r\r\r\n--\r\n\n--xyz") END,
	    "<a|-|->\r\n--xy\r\n--xyw\r\n-\r\r\n\r\r\r\n--\r\n\n--xyz." },
	{ PART("a", "--xy") END, "<a|-|->--xy." },
	{ PART("a", "-") END, "<a|-|->-." },
	{ PART("a", "\r") END, "<a|-|->\r." },
	{ PART("a", "\r\n") END, "<a|-|->\r\n." },
	{ PART("a", "x --xyz--") END, "<a|-|->x --xyz--." },
	/* malformed */
	{ "", NULL },
	{ "nothing", NULL },
	{ "--xyz", NULL },
	{ "--xyz-", NULL },
	{ "--xyz\r\n" FIELD("a"), NULL },
	{ PART("a", "1"), NULL },
	{ PART("a", "1") "--xyz\r\n", NULL },
	{ "--xyz \r\n" FIELD("a") "\r\n1\r\n" END, NULL },
	{ "--xyz\n" FIELD("a") "\r\n1\r\n" END, NULL },
	{ "--xyzz\r\n" FIELD("a") "\r\n1\r\n" END, NULL },
	{ PART("a", "\r\n--xyzw") END, NULL },
	{ "--xyz\r\n\r\n1\r\n" END, NULL },
	{ "--xyz\r\nContent-Type: a/b\r\n\r\n1\r\n" END, NULL },
	{ "--xyz\r\nContent-Disposition: form-data\r\n\r\n1\r\n" END, NULL },
	{ "--xyz\r\nContent-Disposition: file; name=a\r\n\r\n1\r\n" END, NULL },
	{ PART("a; name=b", "1") END, NULL },
	{ PART("\"a", "1") END, NULL },
	{ PART("", "1") END, NULL },
	{ PART("a b", "1") END, NULL },
	{ "--xyz\r\n" FIELD("a") FIELD("b") "\r\n1\r\n" END, NULL },
	{ "--xyz\r\nContent-Disposition : form-data; name=a\r\n\r\n" END,
	    NULL },
	{ "--xyz\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\n" END,
	    NULL },
	{ "--xyz\r\nContent-Disposition: form-data; name=a\nX: y\r\n\r\n" END,
	    NULL },
	{ "--xyz\r\n" FIELD("\"a\001\"") "\r\n1\r\n" END, NULL },
	{ "--xyz\r\n" FIELD("a") "Content-Transfer-Encoding: base64\r\n\r\n1"
	    "\r\n" END, NULL },
};
/* clang-format on */

static void
check(const struct row *row, size_t first, size_t step)
{
	int rc = parse(row->body, strlen(row->body), first, step, NULL);

	if (rc != (row->want != NULL ? 0 : WM_E_PROTOCOL))
		fail_msg("%s\n%s", row->body, wm_error_text(rc));
	if (row->want != NULL && strcmp(seen.data, row->want) != 0)
		fail_msg("%s\n%s\n(first %zu, then %zu)", row->body, seen.data,
		    first, step);
}

static void
a_body_comes_to_the_same_however_it_is_split(void **state)
{
	size_t i, cut, len;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		len = strlen(rows[i].body);
		check(&rows[i], 1, 1);
		for (cut = 1; cut <= len; cut++)
			check(&rows[i], cut, len);
	}
}

static void
only_its_type_is_taken(void **state)
{
	static const struct {
		const char *type;
		int rc;
	} types[] = {
		{ TYPE, 0 },
		{ "Multipart/Form-Data ; charset=a; Boundary=\"a b:c\"", 0 },
		{ "multipart/form-data;boundary=0123456789012345678901234567890"
		  "123456789012345678901234567890123456789",
		    0 },
		{ "multipart/form-data;boundary=0123456789012345678901234567890"
		  "1234567890123456789012345678901234567890",
		    WM_E_PROTOCOL },
		{ "multipart/form-data", WM_E_PROTOCOL },
		{ "multipart/form-data; boundary=", WM_E_PROTOCOL },
		{ "multipart/form-data; boundary=\"\"", WM_E_PROTOCOL },
		{ "multipart/form-data; boundary=\"a \"", WM_E_PROTOCOL },
		{ "multipart/form-data; boundary=\"a\\\"b\"", WM_E_PROTOCOL },
		{ "multipart/form-data; boundary=a; boundary=b",
		    WM_E_PROTOCOL },
		{ "multipart/mixed; boundary=a", WM_E_UNSUPPORTED },
		{ "multipart/form-datax; boundary=a", WM_E_UNSUPPORTED },
		{ "text/plain", WM_E_UNSUPPORTED },
		{ "", WM_E_UNSUPPORTED },
	};
	struct wm_http_multipart *mp;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (parser_new(types[i].type, NULL, &mp) != types[i].rc)
			fail_msg("%s", types[i].type);
		assert_true((mp != NULL) == (types[i].rc == 0));
		wm_http_multipart_free(&mp);
	}
}

/* Fed for ever, it gives up at a limit. */
static void
expect_bounded(const char *begin, const char *part)
{
	struct wm_http_multipart *mp;
	size_t fed = 0;
	int rc;

	assert_int_equal(parser_new(TYPE, NULL, &mp), 0);
	rc = wm_http_multipart_feed(mp, begin, strlen(begin));
	while (rc == 0 && fed < 1 << 20) {
		rc = wm_http_multipart_feed(mp, part, strlen(part));
		fed += strlen(part);
	}
	assert_int_equal(rc, WM_E_TOO_BIG);
	assert_int_equal(wm_http_multipart_feed(mp, "x", 1), WM_E_TOO_BIG);
	assert_int_equal(wm_http_multipart_end(mp), WM_E_TOO_BIG);
	wm_http_multipart_free(&mp);
}

static void
what_has_no_end_is_refused_at_a_limit(void **state)
{
	(void)state;
	expect_bounded("--xyz\r\n", "A: b\r\n");
	expect_bounded("--xyz\r\nA: ", "b");
	expect_bounded("--xyz\r\n", "\n");
	expect_bounded("", "preamble\r\n");
	expect_bounded("", PART("a", "1"));
}

static void
the_caller_sets_the_limits(void **state)
{
	const struct wm_http_form_limits limits = { .fields = 2,
		.header_bytes = 44 };
	const char *two = PART("a", "1") PART("b", "2") END;
	const char *three = PART("a", "1") PART("b", "2") PART("c", "3") END;

	(void)state;
	assert_int_equal(parse(two, strlen(two), 9999, 1, &limits), 0);
	assert_int_equal(parse(three, strlen(three), 9999, 1, &limits),
	    WM_E_TOO_BIG);
	two = PART("abcdef", "1") END;
	assert_int_equal(parse(two, strlen(two), 9999, 1, &limits),
	    WM_E_TOO_BIG);
}

/* A megabyte of line ends, a byte at a time: each is looked at once. */
static void
what_dribbles_in_is_read_in_proportion(void **state)
{
	struct wm_http_multipart *mp;
	const char *begin = "--xyz\r\n" FIELD("a") "\r\n";
	unsigned i;

	(void)state;
	assert_int_equal(parser_new(TYPE, NULL, &mp), 0);
	wm_http_multipart_feed(mp, begin, strlen(begin));
	for (i = 0; i < 1u << 20; i++)
		wm_http_multipart_feed(mp, &"\r\n--xy"[i % 6], 1);
	wm_http_multipart_feed(mp, "\r\n--xyz--", 9);
	assert_int_equal(wm_http_multipart_end(mp), 0);
	assert_in_range(pieces, 1u << 17, 1u << 20);
	assert_int_equal(seen.len, (1u << 20) + strlen("<a|-|->."));
	wm_http_multipart_free(&mp);
}

static void
data_is_passed_on_in_large_pieces(void **state)
{
	static char body[300000];
	size_t len, i;

	(void)state;
	memset(body, 'x', sizeof(body));
	len =
	    (size_t)snprintf(body, sizeof(body), "--xyz\r\n%s\r\n", FIELD("a"));
	body[len] = 'x';
	for (i = len; i < 250000; i += 1000)
		body[i] = '\r';
	memcpy(body + 290000, "\r\n--xyz--", 9);
	assert_int_equal(parse(body, 290009, 100000, 100000, NULL), 0);
	assert_in_range(pieces, 1, 6);
	assert_in_range(largest, 80000, 100000);
}

static int
refuse_part(void *arg, const struct wm_http_part *part)
{
	(void)arg;
	(void)part;
	return WM_E_POLICY;
}

static void
what_a_handler_says_is_passed_on(void **state)
{
	static const struct wm_http_part_handlers refusing = { refuse_part,
		on_data, on_end };
	struct wm_http_field field = { { "Content-Type", 12 },
		{ TYPE, sizeof(TYPE) - 1 } };
	struct wm_http_request r = { .fields = &field, .nfields = 1 };
	const char *body = PART("a", "1") END;
	struct wm_http_multipart *mp;

	(void)state;
	assert_int_equal(wm_http_multipart_new(&r, NULL, &refusing, NULL, &mp),
	    0);
	assert_int_equal(wm_http_multipart_feed(mp, body, strlen(body)),
	    WM_E_POLICY);
	assert_int_equal(wm_http_multipart_end(mp), WM_E_POLICY);
	wm_http_multipart_free(&mp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_comes_to_the_same_however_it_is_split),
		cmocka_unit_test(only_its_type_is_taken),
		cmocka_unit_test(what_has_no_end_is_refused_at_a_limit),
		cmocka_unit_test(the_caller_sets_the_limits),
		cmocka_unit_test(what_dribbles_in_is_read_in_proportion),
		cmocka_unit_test(data_is_passed_on_in_large_pieces),
		cmocka_unit_test(what_a_handler_says_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
