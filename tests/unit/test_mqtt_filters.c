/* SPDX-License-Identifier: MIT */
#include "tests/support/unit.h"

#include "apps/mqtt/filters.h"
#include "apps/mqtt/pack.h"
#include "apps/mqtt/topic.h"

#include <workerman/error.h>

/* The examples of section 4.7, and what lies beside them. */
static const struct {
	const char *filter, *topic;
	bool matches;
} rows[] = {
	{ "sport/tennis/player1/#", "sport/tennis/player1", true },
	{ "sport/tennis/player1/#", "sport/tennis/player1/ranking", true },
	{ "sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon",
	    true },
	{ "sport/tennis/player1/#", "sport/tennis/player2", false },
	{ "sport/tennis/player1/#", "sport/tennis/player11", false },
	{ "sport/#", "sport", true },
	{ "sport/#", "sport/", true },
	{ "sport/#", "sports", false },
	{ "#", "a", true },
	{ "#", "/", true },
	{ "#", "a/b/c", true },
	{ "sport/tennis/+", "sport/tennis/player1", true },
	{ "sport/tennis/+", "sport/tennis/player1/ranking", false },
	{ "sport/+", "sport", false },
	{ "sport/+", "sport/", true },
	{ "+", "finance", true },
	{ "+", "/finance", false },
	{ "+/+", "/finance", true },
	{ "/+", "/finance", true },
	{ "+/tennis/#", "sport/tennis", true },
	{ "+/tennis/#", "sport/tennis/x/y", true },
	{ "sport/+/player1", "sport/tennis/player1", true },
	{ "sport/+/player1", "sport//player1", true },
	{ "sport/+/player1", "sport/a/b/player1", false },
	{ "a/b", "a/b", true },
	{ "a/b", "a/B", false },
	{ "a/b", "a/b/", false },
	{ "a/b/", "a/b", false },
	{ "/a", "a", false },
	{ "//", "//", true },
	{ "//", "/", false },
	{ "#", "$SYS/x", false },
	{ "+/x", "$SYS/x", false },
	{ "+/#", "$SYS/x", false },
	{ "$SYS/#", "$SYS/x", true },
	{ "$SYS/#", "$SYS", true },
	{ "$SYS/+", "$SYS/x", true },
	{ "a/#", "a/$SYS", true },
	{ "a/+", "a/$SYS", true },
};

static struct subscription *
subscription(const char *filter)
{
	struct subscription *s = calloc(1, sizeof(*s) + strlen(filter));

	assert_non_null(s);
	s->len = strlen(filter);
	memcpy(s->filter, filter, s->len);
	return s;
}

static void
count(void *arg, struct subscription *s)
{
	(void)s;
	++*(int *)arg;
}

static int
matches(struct filters *f, const char *topic)
{
	int n = 0;

	filters_match(f, span_of(topic), count, &n);
	return n;
}

static void
matches_as_the_standard_says(void **state)
{
	struct filters f;
	struct subscription *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		f = (struct filters){ NULL };
		s = subscription(rows[i].filter);
		assert_true(filter_is_valid(span_of(rows[i].filter)));
		assert_int_equal(filters_add(&f, s), 0);
		if (matches(&f, rows[i].topic) != rows[i].matches ||
		    filter_matches(span_of(rows[i].filter),
			span_of(rows[i].topic)) != rows[i].matches)
			fail_msg("%s, %s", rows[i].filter, rows[i].topic);
		filters_remove(&f, s);
		assert_null(f.nodes);
		free(s);
	}
}

/* All filters at once find what each of them finds alone. */
static void
finds_each_of_many(void **state)
{
	enum { N = sizeof(rows) / sizeof(*rows) };
	struct filters f = { NULL };
	struct subscription *all[N];
	int expected;
	size_t i, k;

	(void)state;
	for (i = 0; i < N; i++) {
		all[i] = subscription(rows[i].filter);
		assert_int_equal(filters_add(&f, all[i]), 0);
	}
	for (i = 0; i < N; i++) {
		expected = 0;
		for (k = 0; k < N; k++)
			expected += filter_matches(span_of(rows[k].filter),
			    span_of(rows[i].topic));
		assert_int_equal(matches(&f, rows[i].topic), expected);
	}
	for (i = 0; i < N; i++) {
		filters_remove(&f, all[i]);
		free(all[i]);
	}
	assert_null(f.nodes);
}

static void
judges_filters_and_topics(void **state)
{
	static const char *const good[] = { "#", "+", "/", "+/+", "a//b", "$x",
		"a/+/#", "\u00e4/\u20ac/\U0001f600", " " };
	static const char *const bad[] = { "", "a#", "#a", "#/a", "a+", "+a",
		"a/+b", "a/#/b", "\xff", "\xc0\x80", "\xed\xbf\xbf", "\xe2\x82",
		"\xf5\x80\x80\x80", "\x80" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(filter_is_valid(span_of(good[i])));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(filter_is_valid(span_of(bad[i])));
	assert_false(topic_is_valid(span_of("a/+")));
	assert_false(topic_is_valid(span_of("#")));
	assert_false(topic_is_valid(span_of("")));
	assert_false(topic_is_valid((struct wm_span){ "a\0b", 3 }));
	assert_true(topic_is_valid(span_of("/")));
}

static void
refuses_filters_that_would_cost_too_much(void **state)
{
	char filter[FILTER_MAX + 2];
	struct filters f = { NULL };
	struct subscription *s;
	char topic[4000];

	(void)state;
	memset(filter, 'a', sizeof(filter));
	filter[FILTER_MAX + 1] = '\0';
	s = subscription(filter);
	assert_int_equal(filters_add(&f, s), WM_E_TOO_BIG);
	free(s);
	memset(filter, '/', sizeof(filter));
	filter[FILTER_LEVELS_MAX] = '\0';
	s = subscription(filter);
	assert_int_equal(filters_add(&f, s), WM_E_TOO_BIG);
	free(s);
	assert_null(f.nodes);
	s = subscription("+/#");
	assert_int_equal(filters_add(&f, s), 0);
	memset(topic, '/', sizeof(topic));
	topic[sizeof(topic) - 1] = '\0';
	assert_int_equal(matches(&f, topic), 1);
	memset(topic, 'x', 3000);
	assert_int_equal(matches(&f, topic), 1);
	filters_remove(&f, s);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_as_the_standard_says),
		cmocka_unit_test(finds_each_of_many),
		cmocka_unit_test(judges_filters_and_topics),
		cmocka_unit_test(refuses_filters_that_would_cost_too_much),
	};

	return UNIT_RUN(tests);
}
