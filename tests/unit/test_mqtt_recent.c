/* SPDX-License-Identifier: MIT */
#include "tests/support/unit.h"

#include <stdlib.h>

#include "apps/mqtt/pack.h"
#include "apps/mqtt/recent.h"

static struct recent r;
static struct session s;
static char heard[256];

static int
end(void **state)
{
	(void)state;
	recent_fini(&r);
	free(s.seen);
	memset(&s, 0, sizeof(s));
	heard[0] = '\0';
	return r.ring == NULL && r.bytes == 0 && r.n == 0 ? 0 : -1;
}

/* The seq-th message of a run, so old. */
static void
add(uint64_t run, uint64_t seq, size_t len, uint64_t age_ms)
{
	char *payload = calloc(1, len + 1);
	struct message *m;

	assert_non_null(payload);
	m = message_new(span_of("t"), (struct wm_span){ payload, len }, 0,
	    false);
	assert_non_null(m);
	m->stamp = stamp_now(run);
	m->stamp.ns -= age_ms * 1000000;
	m->seq = seq;
	recent_add(&r, m);
	message_unref(&m);
	free(payload);
}

static void
hear(void *arg, struct message *m)
{
	size_t len = strlen(heard);

	(void)arg;
	snprintf(heard + len, sizeof(heard) - len, "%u:%u ",
	    (unsigned)m->stamp.run, (unsigned)m->seq);
}

static const char *
missed(void)
{
	heard[0] = '\0';
	recent_missed(&r, &s, hear, NULL);
	return heard;
}

static void
gives_what_was_not_seen_in_order(void **state)
{
	(void)state;
	assert_string_equal(missed(), "");
	add(1, 1, 0, 0);
	add(2, 1, 0, 0);
	add(1, 2, 0, 0);
	add(2, 2, 0, 0);
	assert_string_equal(missed(), "1:1 2:1 1:2 2:2 ");
	session_add_seen(&s, 1, 1);
	session_add_seen(&s, 2, 2);
	assert_string_equal(missed(), "1:2 ");
	assert_false(recent_has_gap(&r, &s));
}

static void
forgets_what_is_old(void **state)
{
	(void)state;
	add(1, 1, 0, RECENT_AGE_MS + 1000);
	add(1, 2, 0, RECENT_AGE_MS - 5000);
	assert_string_equal(missed(), "1:2 ");
	recent_sweep(&r);
	assert_int_equal(r.n, 1);
	session_add_seen(&s, 1, 0);
	assert_false(recent_has_gap(&r, &s));
}

static void
knows_what_it_has_not_any_more(void **state)
{
	unsigned i;

	(void)state;
	for (i = 1; i <= 12; i++) /* of which eight have room */
		add(7, i, RECENT_BYTES_MAX / 9, 0);
	assert_in_range(r.bytes, 1, RECENT_BYTES_MAX);
	assert_int_equal(r.n, 8);
	assert_false(recent_has_gap(&r, &s)); /* who never heard of it */
	session_add_seen(&s, 7, 3);
	assert_true(recent_has_gap(&r, &s));
	session_add_seen(&s, 7, 4);
	assert_false(recent_has_gap(&r, &s));
	assert_string_equal(missed(), "7:5 7:6 7:7 7:8 7:9 7:10 7:11 7:12 ");
}

static void
has_a_bound_for_small_ones_and_many_runs(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < RECENT_MAX + RECENT_GAPS + 10; i++)
		add(i + 1, 1, 0, 0);
	assert_int_equal(r.n, RECENT_MAX);
	assert_int_equal(r.n_gaps, RECENT_GAPS);
	session_add_seen(&s, RECENT_GAPS + 10, 0);
	assert_true(recent_has_gap(&r, &s));
}

int
main(void)
{
#define T(test) cmocka_unit_test_teardown(test, end)
	const struct CMUnitTest tests[] = {
		T(gives_what_was_not_seen_in_order),
		T(forgets_what_is_old),
		T(knows_what_it_has_not_any_more),
		T(has_a_bound_for_small_ones_and_many_runs),
	};
#undef T

	return UNIT_RUN(tests);
}
