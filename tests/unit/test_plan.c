/* SPDX-License-Identifier: MIT */
/* Plans, with a supervisor that starts no process. */
#include <workerman/worker.h>

#include "framework/master/life.h"
#include "framework/master/plan.h"
#include "framework/net/loop.h"
#include "tests/support/tables.h"
#include "tests/support/unit.h"

static struct wm__loop *loop;
static struct wm__supervisor *sv;
static struct wm__plan plan;
static struct wm__generation *generation;
static struct wm__slots vanished;

static int
set_up(void **state)
{
	char *argv[] = { TEXT("app"), NULL };
	struct wm__supervise_options options = { .name = "app",
		.argv = argv,
		.cwd = -1,
		.backend = "" };
	const char *error;

	(void)state;
	assert_int_equal(wm__loop_new(&loop, NULL, &error), 0);
	options.loop = loop;
	return wm__supervise_new(&options, &sv);
}

static int
tear_down(void **state)
{
	(void)state;
	wm__generation_unref(&generation);
	wm__supervise_free(&sv);
	wm__loop_free(&loop);
	return 0;
}

static void
on_timer(void *slot)
{
	(void)slot;
}

static void
make(struct wm__row *rows, size_t n)
{
	wm__generation_unref(&generation);
	generation = tables_generation(rows, n);
	assert_int_equal(wm__plan_make(&plan, sv, generation, on_timer), 0);
}

/* Makes it and carries it out: the slots run that generation. */
static void
commit(struct wm__row *rows, size_t n)
{
	make(rows, n);
	wm__plan_commit(&plan, sv, &vanished);
	assert_int_equal(plan.n, 0);
	for (size_t i = 0; i < sv->slots.n; i++) {
		wm__generation_unref(&sv->slots.all[i]->generation);
		sv->slots.all[i]->generation = wm__generation_ref(generation);
	}
}

/* The slots that vanished, as words; then they are gone. */
static const char *
gone(void)
{
	static char text[256];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < vanished.n; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ",
		    vanished.all[i]->name);
		wm__slot_free(&vanished.all[i]);
	}
	free(vanished.all);
	return text;
}

/* The plan as words: "+" new, "=" stays; "x" exclusive, "k" kept. */
static const char *
words(void)
{
	static char text[256];
	static const char *const kinds[] = { "", "x", "k" };
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < plan.n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s%s%s ", plan.all[i].fresh ? "+" : "=",
		    plan.all[i].slot->name, kinds[plan.all[i].kind]);
	return text;
}

static struct wm__row two[] = {
	{ .name = TEXT("a"), .count = 2 },
	{ .name = TEXT("b"), .count = 1 },
};

static void
at_first_every_slot_is_new(void **state)
{
	(void)state;
	make(two, 2);
	assert_string_equal(words(), "+a/0 +a/1 +b/0 ");
	wm__plan_undo(&plan);
	assert_int_equal(sv->slots.n, 0);
}

static void
what_cannot_overlap_does_so_at_first(void **state)
{
	struct wm__row rows[] = {
		{ .name = TEXT("a"), .count = 1, .takeover = WM_EXCLUSIVE },
		{ .name = TEXT("b"),
		    .count = 1,
		    .reloadable = WM_NOT_RELOADABLE },
		{ .name = TEXT("c"),
		    .count = 1,
		    .reloadable = WM_NOT_RELOADABLE,
		    .takeover = WM_EXCLUSIVE },
	};

	(void)state;
	make(rows, 3);
	assert_string_equal(words(), "+a/0 +b/0 +c/0 ");
	wm__plan_undo(&plan);
	commit(rows, 3);
	assert_string_equal(gone(), "");
	make(rows, 3);
	assert_string_equal(words(), "=a/0x =b/0k =c/0k ");
	wm__plan_undo(&plan);
}

static void
the_same_table_keeps_all_slots(void **state)
{
	struct wm__slot *slot;

	(void)state;
	commit(two, 2);
	slot = sv->slots.all[1];
	commit(two, 2);
	assert_string_equal(gone(), "");
	assert_ptr_equal(sv->slots.all[1], slot);
	assert_int_equal(sv->slots.n, 3);
}

static void
other_counts_add_and_remove_the_last_ones(void **state)
{
	struct wm__row other[] = {
		{ .name = TEXT("a"), .count = 1 },
		{ .name = TEXT("b"), .count = 3 },
	};

	(void)state;
	commit(two, 2);
	make(other, 2);
	assert_string_equal(words(), "=a/0 =b/0 +b/1 +b/2 ");
	wm__plan_undo(&plan);
	assert_int_equal(sv->slots.n, 3);
	commit(other, 2);
	assert_string_equal(gone(), "a/1 ");
	assert_int_equal(sv->slots.n, 4);
	assert_null(wm__slots_find(&sv->slots, "a", 1));
	assert_non_null(wm__slots_find(&sv->slots, "b", 2));
}

static void
a_row_is_its_name(void **state)
{
	struct wm__row other[] = {
		{ .name = TEXT("c"), .count = 2 },
		{ .name = TEXT("b"), .count = 1 },
	};

	(void)state;
	commit(two, 2);
	commit(other, 2);
	assert_string_equal(gone(), "a/0 a/1 ");
	make(other, 2);
	assert_string_equal(words(), "=c/0 =c/1 =b/0 ");
	wm__plan_undo(&plan);
}

static void
the_order_of_the_new_table_counts(void **state)
{
	struct wm__row other[] = {
		{ .name = TEXT("b"), .count = 1 },
		{ .name = TEXT("a"), .count = 2 },
	};

	(void)state;
	commit(two, 2);
	commit(other, 2);
	assert_string_equal(gone(), "");
	assert_string_equal(sv->slots.all[0]->name, "b/0");
	assert_string_equal(sv->slots.all[2]->name, "a/1");
}

/* Whatever failed before: nothing of the new table is left. */
static void
an_undone_plan_leaves_no_trace(void **state)
{
	struct wm__row other[] = {
		{ .name = TEXT("a"), .count = 64 },
		{ .name = TEXT("z"), .count = 64 },
	};
	struct wm__slot *slot;

	(void)state;
	commit(two, 2);
	slot = sv->slots.all[0];
	make(other, 2);
	assert_int_equal(plan.n, 128);
	wm__plan_undo(&plan);
	wm__plan_undo(&plan);
	assert_int_equal(sv->slots.n, 3);
	assert_ptr_equal(sv->slots.all[0], slot);
	assert_null(wm__slots_find(&sv->slots, "z", 0));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(at_first_every_slot_is_new),
		TEST(what_cannot_overlap_does_so_at_first),
		TEST(the_same_table_keeps_all_slots),
		TEST(other_counts_add_and_remove_the_last_ones),
		TEST(a_row_is_its_name),
		TEST(the_order_of_the_new_table_counts),
		TEST(an_undone_plan_leaves_no_trace),
	};

	return UNIT_RUN(tests);
}
