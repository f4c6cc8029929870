/* SPDX-License-Identifier: MIT */
#include <workerman/error.h>

#include "tests/support/tables.h"
#include "tests/support/unit.h"

static struct wm__sockets sockets;
static char error[512];

static char *first_urls[] = { TEXT("text://127.0.0.1:0"),
	TEXT("http://127.0.0.1:0") };
static char *second_urls[] = { TEXT("frame://127.0.0.1:0") };

static struct wm__row rows[] = {
	{ .name = TEXT("a"), .count = 2, .urls = first_urls, .n_urls = 2 },
	{ .name = TEXT("task"), .count = 1 },
	{ .name = TEXT("b"), .count = 1, .urls = second_urls, .n_urls = 1 },
};

static void
a_row_is_found_by_its_name(void **state)
{
	struct wm__generation *g = tables_generation(rows, 3);
	size_t index = 9;

	(void)state;
	assert_ptr_equal(wm__generation_row(g, "b", &index),
	    &g->table->rows[2]);
	assert_int_equal(index, 2);
	assert_null(wm__generation_row(g, "c", &index));
	wm__generation_unref(&g);
	assert_null(g);
}

static void
it_lives_until_the_last_one_gives_it_up(void **state)
{
	struct wm__generation *g = tables_generation(rows, 3);
	struct wm__generation *other = wm__generation_ref(g);

	(void)state;
	assert_ptr_equal(g, other);
	wm__generation_unref(&g);
	assert_string_equal(other->table->name, "app");
	wm__generation_unref(&other);
	wm__generation_unref(&other);
}

static void
all_that_it_listens_to_is_bound(void **state)
{
	struct wm__generation *g = tables_generation(rows, 3);

	(void)state;
	assert_int_equal(wm__generation_bind(g, &sockets, error, sizeof(error)),
	    0);
	assert_int_equal(g->bound[0][0]->n, 2);
	assert_int_equal(g->bound[2][0]->n, 1);
	assert_int_equal(wm__generation_listener(g, 0, g->bound[0][1]), 1);
	assert_int_equal(wm__generation_listener(g, 0, g->bound[2][0]), -1);
	assert_int_equal(wm__generation_listener(g, 1, g->bound[0][0]), -1);
	wm__generation_unref(&g);
	assert_true(LIST_EMPTY(&sockets.all));
}

static void
the_next_one_finds_what_is_bound(void **state)
{
	struct wm__generation *old = tables_generation(rows, 3);
	struct wm__generation *new = tables_generation(rows, 3);
	struct wm__address *address;

	(void)state;
	wm__generation_bind(old, &sockets, error, sizeof(error));
	assert_int_equal(wm__generation_bind(new, &sockets, error,
			     sizeof(error)),
	    0);
	address = old->bound[0][0];
	assert_ptr_equal(new->bound[0][0], address);
	assert_int_equal(address->refs, 2);
	wm__generation_unref(&old);
	assert_int_equal(address->refs, 1);
	wm__generation_unref(&new);
	assert_true(LIST_EMPTY(&sockets.all));
}

/* The last of its addresses is taken: those before it are free again, and
   what the other one has stays. */
static void
a_bind_that_fails_leaves_nothing_bound(void **state)
{
	struct wm__generation *old = tables_generation(rows, 3), *new;
	struct wm__sockets others = { 0 };
	char taken[64], *urls[] = { first_urls[0], first_urls[1], taken };
	struct wm__row bad[] = {
		{ .name = TEXT("a"), .count = 4, .urls = urls, .n_urls = 3 },
	};

	(void)state;
	wm__generation_bind(old, &sockets, error, sizeof(error));
	wm__address_url(old->bound[2][0], second_urls[0], taken, sizeof(taken));
	new = tables_generation(bad, 1);
	assert_int_equal(wm__generation_bind(new, &others, error,
			     sizeof(error)),
	    WM_E_BUSY);
	assert_non_null(strstr(error, "worker a: "));
	assert_non_null(strstr(error, taken));
	assert_true(LIST_EMPTY(&others.all));
	assert_null(new->bound[0][0]);
	assert_int_equal(old->bound[0][0]->refs, 1);
	wm__generation_unref(&new);
	wm__generation_unref(&old);
}

static void
a_row_gives_its_addresses_up(void **state)
{
	struct wm__generation *g = tables_generation(rows, 3);

	(void)state;
	wm__generation_bind(g, &sockets, error, sizeof(error));
	wm__generation_release(g, 0);
	wm__generation_release(g, 0);
	assert_null(g->bound[0][0]);
	assert_null(g->bound[0][1]);
	assert_non_null(g->bound[2][0]);
	assert_int_equal(wm__generation_listener(g, 0, g->bound[2][0]), -1);
	wm__generation_unref(&g);
	assert_true(LIST_EMPTY(&sockets.all));
}

static void
unknown_users_are_named_with_their_row(void **state)
{
	struct wm__row user[] = {
		{ .name = TEXT("fine"), .count = 1 },
		{ .name = TEXT("w"), .count = 1, .user = TEXT("no such") },
	};
	struct wm__row group[] = {
		{ .name = TEXT("w"), .count = 1, .group = TEXT("nor such") },
	};
	struct wm__image image = { .fd = -1 };
	struct wm__generation *g = NULL;

	(void)state;
	assert_int_equal(wm__generation_new(&image, tables_new(user, 2), &g,
			     error, sizeof(error)),
	    WM_E_NOT_FOUND);
	assert_string_equal(error, "worker w: no such user: no such");
	assert_int_equal(wm__generation_new(&image, tables_new(group, 1), &g,
			     error, sizeof(error)),
	    WM_E_NOT_FOUND);
	assert_string_equal(error, "worker w: no such group: nor such");
	assert_null(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_is_found_by_its_name),
		cmocka_unit_test(it_lives_until_the_last_one_gives_it_up),
		cmocka_unit_test(all_that_it_listens_to_is_bound),
		cmocka_unit_test(the_next_one_finds_what_is_bound),
		cmocka_unit_test(a_bind_that_fails_leaves_nothing_bound),
		cmocka_unit_test(a_row_gives_its_addresses_up),
		cmocka_unit_test(unknown_users_are_named_with_their_row),
	};

	return UNIT_RUN(tests);
}
