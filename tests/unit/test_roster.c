/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <workerman/api.h>

#include "apps/chat/roster.h"

/* What the roster reported, as text: "+ada -bob ada>eve ada=7 !bob". */
static char said[512];

static void say(const char *fmt, ...) WM_PRINTF(1, 2);

static void
say(const char *fmt, ...)
{
	const size_t len = strlen(said);
	va_list args;

	va_start(args, fmt);
	vsnprintf(said + len, sizeof(said) - len, fmt, args);
	va_end(args);
}

static void
on_change(void *arg, const struct person *before, const struct person *after)
{
	(void)arg;
	if (before == NULL)
		say("+%s ", after->name);
	else if (after == NULL)
		say("-%s ", before->name);
	else if (before->id != after->id)
		say("%s=%d ", before->name, (int)after->id);
	else
		say("%s@%s>%s@%s ", before->name, before->room, after->name,
		    after->room);
}

static void
on_clash(void *arg, const struct person *loser)
{
	(void)arg;
	say("!%s:%d ", loser->name, (int)loser->id);
}

static const struct roster_watch watch = { on_change, on_clash };
static struct roster r;

static void
expect(const char *what)
{
	assert_string_equal(said, what);
	said[0] = '\0';
}

static struct person
person(uint64_t id, uint64_t run, int64_t since, const char *name)
{
	struct person p = { .id = id, .run = run, .since = since };

	snprintf(p.name, sizeof(p.name), "%s", name);
	snprintf(p.room, sizeof(p.room), "lobby");
	return p;
}

static int
put(uint64_t id, uint64_t run, int64_t since, const char *name)
{
	const struct person p = person(id, run, since, name);

	return roster_put(&r, &p);
}

static int
put_key(uint64_t id, int64_t since, const char *name, const char *key)
{
	struct person p = person(id, 1, since, name);

	snprintf(p.key, sizeof(p.key), "%s", key);
	return roster_put(&r, &p);
}

static int
move(uint64_t id, const char *room)
{
	struct person p = *roster_find(&r, id);

	snprintf(p.room, sizeof(p.room), "%s", room);
	return roster_put(&r, &p);
}

static int
begin(void **state)
{
	(void)state;
	said[0] = '\0';
	roster_init(&r, &watch, NULL);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	roster_fini(&r);
	return r.by_id == NULL && r.by_name == NULL && r.rooms == NULL ? 0 : -1;
}

static void
people_come_change_and_leave(void **state)
{
	(void)state;
	assert_int_equal(put(1, 1, 10, "ada"), 0);
	assert_int_equal(put(2, 2, 11, "bob"), 0);
	expect("+ada +bob ");
	assert_int_equal(roster_room(&r, "lobby")->total, 2);
	assert_int_equal(put(1, 1, 12, "eve"), 0);
	assert_int_equal(move(1, "attic"), 0);
	expect("ada@lobby>eve@lobby eve@lobby>eve@attic ");
	assert_null(roster_named(&r, "ada"));
	assert_int_equal(roster_named(&r, "EVE")->id, 1);
	assert_int_equal(roster_room(&r, "lobby")->total, 1);
	assert_true(roster_drop(&r, 1, 1));
	assert_null(roster_room(&r, "attic"));
	expect("-eve ");
}

static void
only_the_run_that_holds_a_person_ends_it(void **state)
{
	(void)state;
	put(1, 1, 10, "ada");
	put(1, 2, 10, "ada"); /* moved to another process */
	expect("+ada ada@lobby>ada@lobby ");
	assert_false(roster_drop(&r, 1, 1));
	roster_drop_run(&r, 1);
	expect("");
	roster_drop_run(&r, 2);
	expect("-ada ");
}

static void
who_moved_on_is_not_where_the_former_process_says(void **state)
{
	struct person p = person(1, 1, 10, "ada"), moved = p;

	(void)state;
	moved.run = 2;
	moved.hop = 1;
	assert_int_equal(roster_put(&r, &p), 0);
	assert_int_equal(roster_put(&r, &moved), 0);
	expect("+ada ada@lobby>ada@lobby ");
	assert_int_equal(roster_put(&r, &p), 1); /* heard late */
	assert_int_equal(roster_find(&r, 1)->run, 2);
	roster_learn_begin(&r);
	assert_int_equal(roster_put(&r, &p), 1);
	roster_learn_end(&r, 1);
	assert_false(roster_drop(&r, 1, 1));
	expect("");
	p.hop = 2; /* back again */
	assert_int_equal(roster_put(&r, &p), 0);
	assert_true(roster_drop(&r, 1, 1));
}

static void
what_was_seen_is_a_sum_of_changes(void **state)
{
	struct person ada = person(1, 1, 10, "ada"),
		      eve = person(1, 2, 12, "eve");
	uint64_t both;

	(void)state;
	roster_put(&r, &ada);
	put(2, 1, 11, "bob");
	both = r.seen;
	put(1, 2, 10, "ada"); /* moved to another process: nothing to see */
	assert_true(r.seen == both);
	roster_put(&r, &eve);
	assert_true(r.seen == both + roster_weight(&ada, &eve));
	roster_drop(&r, 1, 2);
	assert_true(r.seen ==
	    both + roster_weight(&ada, &eve) + roster_weight(&eve, NULL));
	roster_put(&r, &ada); /* as it was, but not without being seen */
	assert_true(r.seen != both);

	roster_fini(&r);
	roster_init(&r, &watch, NULL);
	put(2, 1, 11, "bob");
	put(1, 1, 10, "ada"); /* in another order */
	assert_true(r.seen == both);
}

static void
a_touched_room_is_told_again(void **state)
{
	(void)state;
	put(1, 1, 10, "ada");
	roster_room(&r, "lobby")->changed = r.changed = false;
	roster_touch(&r, "lobby");
	assert_true(r.changed && roster_room(&r, "lobby")->changed);
	roster_room(&r, "lobby")->changed = r.changed = false;
	roster_touch(&r, "");
	assert_true(r.changed);
	assert_false(roster_room(&r, "lobby")->changed);
}

static void
a_room_is_changed_only_by_a_change(void **state)
{
	(void)state;
	put(1, 1, 10, "ada");
	assert_true(roster_room(&r, "lobby")->changed);
	roster_room(&r, "lobby")->changed = r.changed = false;
	put(1, 1, 10, "ada");
	assert_false(r.changed);
	put(1, 1, 11, "eve");
	assert_true(roster_room(&r, "lobby")->changed && r.changed);
}

static void
an_earlier_claim_keeps_the_name(void **state)
{
	(void)state;
	put(1, 1, 10, "ada");
	put(2, 2, 11, "Ada");
	expect("+ada +Ada !Ada:2 ");
	assert_int_equal(roster_named(&r, "ada")->id, 1);
	put(2, 2, 12, "Ada-2");
	assert_int_equal(roster_named(&r, "ada-2")->id, 2);
}

static void
an_earlier_claim_takes_the_name_from_a_later_one(void **state)
{
	(void)state;
	put(2, 2, 11, "ada");
	put(1, 1, 10, "ada");
	expect("+ada +ada !ada:2 ");
	assert_int_equal(roster_named(&r, "ada")->id, 1);
	/* The loser leaves before anybody renamed it. */
	assert_true(roster_drop(&r, 2, 2));
	assert_int_equal(roster_named(&r, "ada")->id, 1);
}

static void
claims_of_one_moment_are_told_apart_by_id(void **state)
{
	(void)state;
	put(2, 2, 10, "ada");
	put(1, 1, 10, "ada");
	assert_int_equal(roster_named(&r, "ada")->id, 1);
	put(3, 3, 10, "ada");
	assert_int_equal(roster_named(&r, "ada")->id, 1);
}

static void
who_knows_the_key_takes_over(void **state)
{
	(void)state;
	put_key(1, 10, "ada", "secret");
	assert_int_equal(put_key(2, 11, "Ada", "secret"), 0);
	expect("+ada ada=2 ");
	assert_null(roster_find(&r, 1));
	assert_int_equal(roster_room(&r, "lobby")->total, 1);
	/* The old claim, heard late, changes nothing. */
	assert_int_equal(put_key(1, 10, "ada", "secret"), 1);
	assert_null(roster_find(&r, 1));
	expect("");
	put_key(3, 12, "ada", "other");
	expect("+ada !ada:3 ");
}

static void
no_key_is_nobody_s_key(void **state)
{
	(void)state;
	put_key(1, 10, "ada", "");
	put_key(2, 11, "ada", "");
	expect("+ada +ada !ada:2 ");
}

static void
who_has_a_connection_already_can_take_over_another(void **state)
{
	(void)state;
	put_key(1, 10, "ada", "secret");
	put_key(2, 11, "bob", "secret");
	expect("+ada +bob ");
	assert_int_equal(put_key(2, 12, "ada", "secret"), 0);
	expect("bob@lobby>ada@lobby ada=2 ");
	assert_null(roster_named(&r, "bob"));
	assert_int_equal(roster_room(&r, "lobby")->total, 1);
}

static void
learning_ends_who_was_not_named(void **state)
{
	(void)state;
	put(1, 1, 10, "ada");
	put(2, 1, 11, "bob");
	put(3, 2, 12, "eve");
	expect("+ada +bob +eve ");
	roster_learn_begin(&r);
	put(2, 1, 11, "bob");
	put(4, 1, 13, "joe");
	roster_learn_end(&r, 1);
	expect("bob@lobby>bob@lobby +joe -ada ");
	assert_non_null(roster_named(&r, "eve"));
}

static void
a_free_name_is_short_enough(void **state)
{
	struct person p = person(9, 1, 99, "abcdefghijklmnopqrstuvwx");
	int i;

	(void)state;
	roster_free_name(&r, &p);
	assert_string_equal(p.name, "abcdefghijklmnopqrstuvwx");
	put(1, 1, 10, "ABCDEFGHIJKLMNOPQRSTUVWX");
	roster_free_name(&r, &p);
	assert_string_equal(p.name, "abcdefghijklmnopqrstuv-2");
	put(2, 1, 10, p.name);
	p = person(9, 1, 99, "abcdefghijklmnopqrstuvwx");
	roster_free_name(&r, &p);
	assert_string_equal(p.name, "abcdefghijklmnopqrstuv-3");
	for (i = 3; i < 12; i++) {
		p = person((uint64_t)i, 1, 99, "\u00e4");
		roster_free_name(&r, &p);
		roster_put(&r, &p);
	}
	assert_string_equal(p.name, "\u00e4-9");
	/* One's own name is free. */
	p = person(1, 1, 10, "ABCDEFGHIJKLMNOPQRSTUVWX");
	roster_free_name(&r, &p);
	assert_string_equal(p.name, "ABCDEFGHIJKLMNOPQRSTUVWX");
}

/*
 * Two rosters hear the same claims in different orders, with no order
 * between the claims, and end with the same names.
 */
static void
the_order_of_hearing_does_not_matter(void **state)
{
	static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	const struct person claims[] = { person(5, 1, 10, "ada"),
		person(3, 2, 11, "ada"), person(4, 3, 11, "ada") };
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		for (j = 0; j < 3; j++)
			roster_put(&r, &claims[orders[i][j]]);
		assert_int_equal(roster_named(&r, "ada")->id, 5);
		said[0] = '\0';
		roster_fini(&r);
		roster_init(&r, &watch, NULL);
	}
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		T(people_come_change_and_leave),
		T(only_the_run_that_holds_a_person_ends_it),
		T(who_moved_on_is_not_where_the_former_process_says),
		T(what_was_seen_is_a_sum_of_changes),
		T(a_touched_room_is_told_again),
		T(a_room_is_changed_only_by_a_change),
		T(an_earlier_claim_keeps_the_name),
		T(an_earlier_claim_takes_the_name_from_a_later_one),
		T(claims_of_one_moment_are_told_apart_by_id),
		T(who_knows_the_key_takes_over),
		T(no_key_is_nobody_s_key),
		T(who_has_a_connection_already_can_take_over_another),
		T(learning_ends_who_was_not_named),
		T(a_free_name_is_short_enough),
		T(the_order_of_hearing_does_not_matter),
	};
#undef T

	return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}
