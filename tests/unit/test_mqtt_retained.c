/* SPDX-License-Identifier: MIT */
#include "tests/support/unit.h"

#include "apps/mqtt/pack.h"
#include "apps/mqtt/retained.h"

#include <workerman/error.h>

static struct retained r;

static int
begin(void **state)
{
	(void)state;
	memset(&r, 0, sizeof(r));
	return 0;
}

static int
end(void **state)
{
	(void)state;
	retained_fini(&r);
	return r.by_topic == NULL && r.bytes == 0 ? 0 : -1;
}

static int
put(const char *topic, const char *payload, uint64_t ns, uint64_t run)
{
	struct message *m =
	    message_new(span_of(topic), span_of(payload), 1, true);
	int rc;

	assert_non_null(m);
	m->stamp = (struct stamp){ ns, run };
	rc = retained_put(&r, m);
	message_unref(&m);
	return rc;
}

static void
write_down(void *arg, struct message *m)
{
	char *said = arg;

	snprintf(said + strlen(said), 100 - strlen(said), "%.*s=%.*s ",
	    (int)m->topic.len, m->topic.data, (int)m->payload.len,
	    m->payload.data);
}

static const char *
found(const char *filter)
{
	static char said[100];

	said[0] = '\0';
	retained_match(&r, span_of(filter), write_down, said);
	return said;
}

static void
keeps_the_newest_in_whatever_order(void **state)
{
	(void)state;
	assert_int_equal(put("a", "1", 10, 1), 1);
	assert_int_equal(put("a", "0", 9, 2), 0);
	assert_int_equal(put("a", "1", 10, 1), 0);
	assert_string_equal(found("a"), "a=1 ");
	assert_int_equal(put("a", "2", 10, 2), 1);
	assert_string_equal(found("#"), "a=2 ");
}

static void
finds_by_filter(void **state)
{
	(void)state;
	put("a/x", "1", 1, 1);
	put("a/y", "2", 2, 1);
	put("b/x", "3", 3, 1);
	put("$SYS/x", "4", 4, 1);
	assert_string_equal(found("a/+"), "a/x=1 a/y=2 ");
	assert_string_equal(found("+/x"), "a/x=1 b/x=3 ");
	assert_string_equal(found("b/x"), "b/x=3 ");
	assert_string_equal(found("$SYS/#"), "$SYS/x=4 ");
	assert_string_equal(found("c"), "");
}

static void
ends_a_topic_by_an_empty_payload(void **state)
{
	(void)state;
	put("a", "1", 10, 1);
	assert_int_equal(put("a", "", 20, 1), 1);
	assert_string_equal(found("a"), "");
	assert_string_equal(found("#"), "");
	assert_int_equal(put("a", "late", 15, 1), 0); /* of before the end */
	assert_string_equal(found("a"), "");
	retained_sweep(&r, (struct stamp){ 20, 0 });
	assert_non_null(r.by_topic);
	retained_sweep(&r, (struct stamp){ 21, 0 });
	assert_null(r.by_topic);
}

static void
keeps_its_bounds(void **state)
{
	char topic[16], *big = malloc(RETAINED_BYTES_MAX);
	int i;

	(void)state;
	memset(big, 'x', RETAINED_BYTES_MAX);
	big[RETAINED_BYTES_MAX - 1] = '\0';
	put("big", "small", 1, 1);
	assert_int_equal(put("big", big, 2, 1), WM_E_FULL);
	/* What it was before is not the last one any more. */
	assert_string_equal(found("big"), "");
	free(big);
	for (i = 0; i < RETAINED_MAX; i++) {
		snprintf(topic, sizeof(topic), "%d", i);
		assert_int_equal(put(topic, "x", 1, 1), 1);
	}
	assert_int_equal(put("more", "x", 1, 1), WM_E_FULL);
	assert_int_equal(put("0", "y", 2, 1), 1);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		T(keeps_the_newest_in_whatever_order),
		T(finds_by_filter),
		T(ends_a_topic_by_an_empty_payload),
		T(keeps_its_bounds),
	};
#undef T

	return UNIT_RUN(tests);
}
