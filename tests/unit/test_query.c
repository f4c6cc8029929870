/* SPDX-License-Identifier: MIT */
/* Numbers in queries and paths. */
#include "apps/api/query.h"
#include "tests/support/unit.h"

/* The span in memory of exactly its size, where every overrun is seen. */
static struct wm_span
exactly(const char *text)
{
	struct wm_span span = { NULL, strlen(text) };
	char *copy = malloc(span.len > 0 ? span.len : 1);

	assert_non_null(copy);
	memcpy(copy, text, span.len);
	span.data = copy;
	return span;
}

static void
release(struct wm_span span)
{
	free((void *)(uintptr_t)span.data);
}

static const char *
page_of(const char *query, struct page *page)
{
	struct wm_span span = exactly(query);
	const char *wrong = query_page(span, page);

	release(span);
	return wrong;
}

static int64_t
id_in(const char *path)
{
	struct wm_span span = exactly(path);
	int64_t id = query_note_id(span);

	release(span);
	return id;
}

static void
what_is_not_asked_for_has_a_default(void **state)
{
	static const char *const queries[] = { "", "&", "&&", "x=1", "limits=3",
		"after", "limit", "=", "LIMIT=3", "xlimit=3&yafter=4" };
	struct page page;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		assert_null(page_of(queries[i], &page));
		assert_int_equal(page.limit, PAGE_NOTES);
		assert_int_equal(page.after, 0);
	}
	assert_null(query_page((struct wm_span){ NULL, 0 }, &page));
	assert_int_equal(page.limit, PAGE_NOTES);
}

static void
limit_and_after_are_read_in_any_order(void **state)
{
	struct page page;

	(void)state;
	assert_null(page_of("limit=7&after=9", &page));
	assert_true(page.limit == 7 && page.after == 9);
	assert_null(page_of("x&after=9&&y=&limit=7&", &page));
	assert_true(page.limit == 7 && page.after == 9);
	assert_null(page_of("after=9223372036854775807", &page));
	assert_true(page.after == INT64_MAX);
	assert_null(page_of("limit=1&limit=100", &page));
	assert_int_equal(page.limit, 100);
}

static void
what_is_no_number_in_its_bounds_is_refused(void **state)
{
	static const char *const bad[] = { "limit=", "limit=0", "limit=101",
		"limit=-1", "limit=+1", "limit=1x", "limit= 1", "limit=1.0",
		"limit=99999999999999999999", "limit=0x10", "limit=%31" };
	struct page page;
	char query[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(strstr(page_of(bad[i], &page), "1 to 100"));
	assert_non_null(page_of("limit=5&after=-1", &page));
	assert_non_null(page_of("after=", &page));
	assert_non_null(page_of("after=9223372036854775808", &page));
	memset(query, '9', sizeof(query) - 1);
	query[sizeof(query) - 1] = '\0';
	memcpy(query, "after=", 6);
	assert_non_null(page_of(query, &page));
}

static void
an_id_has_one_form(void **state)
{
	static const char *const none[] = { "", "/", "/notes", "/notes/",
		"/notes/0", "/notes/01", "/notes/-1", "/notes/+1", "/notes/1/",
		"/notes/1a", "/notes/ 1", "/notes/%31", "/Notes/1", "notes/1",
		"/notes/9223372036854775808", "/notes//1", "/notesx1" };
	size_t i;

	(void)state;
	assert_int_equal(id_in("/notes/1"), 1);
	assert_int_equal(id_in("/notes/1234567890123"), 1234567890123);
	assert_true(id_in("/notes/9223372036854775807") == INT64_MAX);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(id_in(none[i]), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_asked_for_has_a_default),
		cmocka_unit_test(limit_and_after_are_read_in_any_order),
		cmocka_unit_test(what_is_no_number_in_its_bounds_is_refused),
		cmocka_unit_test(an_id_has_one_form),
	};

	return UNIT_RUN(tests);
}
