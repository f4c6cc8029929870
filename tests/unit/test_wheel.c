/* SPDX-License-Identifier: MIT */
#include "framework/net/wheel.h"
#include "tests/support/unit.h"

#define ENTRIES 500

struct item {
	struct wm__wheel_entry entry; /* first */
	uint32_t due;                 /* the model: when it is really due */
	unsigned fired;
};

static struct wm__wheel wheel;
static struct item items[ENTRIES];
static uint32_t turning_to;

static void
set_up(uint32_t now)
{
	memset(&wheel, 0, sizeof(wheel));
	memset(items, 0, sizeof(items));
	wheel.now = now;
}

static void
count(struct wm__wheel_entry *e)
{
	struct item *item = (struct item *)e;

	assert_null(e->prev);
	item->fired++;
}

/* As a connection does: looks what is really due, files it anew. */
static void
judge(struct wm__wheel_entry *e)
{
	struct item *item = (struct item *)e;

	if (item->due > turning_to)
		wm__wheel_file(&wheel, e, item->due);
	else
		item->fired++;
}

static void
turn(uint32_t now, void (*fn)(struct wm__wheel_entry *))
{
	turning_to = now;
	wm__wheel_turn(&wheel, now, fn);
}

static void
fires_at_its_tick_and_not_before(void **state)
{
	(void)state;
	set_up(1000);
	wm__wheel_file(&wheel, &items[0].entry, 1003);
	turn(1002, count);
	assert_int_equal(items[0].fired, 0);
	turn(1003, count);
	assert_int_equal(items[0].fired, 1);
	turn(1003 + 2 * WM__WHEEL_SLOTS, count);
	assert_int_equal(items[0].fired, 1);
}

static void
fires_what_is_already_due_at_the_next_tick(void **state)
{
	(void)state;
	set_up(50);
	wm__wheel_file(&wheel, &items[0].entry, 50);
	wm__wheel_file(&wheel, &items[1].entry, 3);
	turn(50, count);
	assert_int_equal(items[0].fired + items[1].fired, 0);
	turn(51, count);
	assert_int_equal(items[0].fired + items[1].fired, 2);
}

static void
stays_at_an_earlier_tick_and_moves_to_an_earlier_one(void **state)
{
	(void)state;
	set_up(0);
	wm__wheel_file(&wheel, &items[0].entry, 5);
	wm__wheel_file(&wheel, &items[0].entry, 9);
	wm__wheel_file(&wheel, &items[1].entry, 9);
	wm__wheel_file(&wheel, &items[1].entry, 5);
	turn(4, count);
	assert_int_equal(items[0].fired + items[1].fired, 0);
	turn(5, count);
	assert_int_equal(items[0].fired, 1);
	assert_int_equal(items[1].fired, 1);
}

static void
does_not_fire_what_was_removed(void **state)
{
	(void)state;
	set_up(0);
	for (size_t i = 0; i < 3; i++)
		wm__wheel_file(&wheel, &items[i].entry, 2);
	wm__wheel_remove(&items[1].entry);
	wm__wheel_remove(&items[1].entry);
	turn(3, count);
	assert_int_equal(items[0].fired, 1);
	assert_int_equal(items[1].fired, 0);
	assert_int_equal(items[2].fired, 1);
}

static void
removes_its_neighbour(struct wm__wheel_entry *e)
{
	count(e);
	for (size_t i = 0; i < 3; i++)
		wm__wheel_remove(&items[i].entry);
}

static void
may_lose_other_entries_while_it_turns(void **state)
{
	(void)state;
	set_up(0);
	for (size_t i = 0; i < 3; i++)
		wm__wheel_file(&wheel, &items[i].entry, 2);
	turn(2, removes_its_neighbour);
	assert_int_equal(items[0].fired + items[1].fired + items[2].fired, 1);
}

static void
looks_at_everything_once_after_a_long_stop(void **state)
{
	(void)state;
	set_up(10);
	for (uint32_t i = 0; i < ENTRIES; i++) {
		items[i].due = 11 + i;
		wm__wheel_file(&wheel, &items[i].entry, items[i].due);
	}
	turn(1000000, judge);
	for (size_t i = 0; i < ENTRIES; i++)
		assert_int_equal(items[i].fired, 1);
	assert_int_equal(wheel.now, 1000000);
}

static void
agrees_with_a_model_over_many_ticks(void **state)
{
	(void)state;
	set_up(7);
	srand(1);
	for (uint32_t now = 7; now < 2000; now++) {
		for (size_t i = 0; i < ENTRIES; i++) {
			struct item *item = &items[i];

			assert_int_equal(item->fired,
			    item->due != 0 && item->due <= now);
			if (rand() % 40 != 0)
				continue;
			item->fired = 0;
			item->due = now + 1 + (uint32_t)rand() % 300;
			wm__wheel_file(&wheel, &item->entry, item->due);
		}
		turn(now + 1, judge);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fires_at_its_tick_and_not_before),
		cmocka_unit_test(fires_what_is_already_due_at_the_next_tick),
		cmocka_unit_test(
		    stays_at_an_earlier_tick_and_moves_to_an_earlier_one),
		cmocka_unit_test(does_not_fire_what_was_removed),
		cmocka_unit_test(may_lose_other_entries_while_it_turns),
		cmocka_unit_test(looks_at_everything_once_after_a_long_stop),
		cmocka_unit_test(agrees_with_a_model_over_many_ticks),
	};

	return UNIT_RUN(tests);
}
