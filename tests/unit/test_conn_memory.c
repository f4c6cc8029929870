/* SPDX-License-Identifier: MIT */
/* State, struct and data in one piece of memory. */
#include "framework/kit/wire.h"
#include "framework/net/conn.h"
#include "tests/support/unit.h"

#define BIG 1000

static struct wm_proc proc;
static struct wm_worker row = { .name = "w" };
static struct wm_protocol small = { .name = "small" };
static struct wm_protocol big = { .name = "big", .state_size = BIG };
static struct wm__service service = { .proc = &proc, .protocol = &small };

/* Every byte of state and data is the connection's own; a sanitizer sees it
   when it is not. */
static void
check(size_t state_size, size_t data_size)
{
	struct wm_conn *c, before;
	unsigned char *data, *s;

	small.state_size = state_size;
	row.conn_data_size = data_size;
	c = wm__conn_alloc(&service);
	assert_non_null(c);
	c->protocol = &small;
	before = *c;
	data = wm_conn_data(c);
	assert_int_equal(data != NULL, data_size > 0);
	assert_int_equal((uintptr_t)data % _Alignof(max_align_t), 0);
	for (size_t i = 0; i < data_size; i++)
		assert_int_equal(data[i], 0);
	s = wm__conn_state_new(c, &small);
	assert_non_null(s);
	assert_int_equal((uintptr_t)s % _Alignof(max_align_t), 0);
	memset(s, 0xff, state_size);
	if (data != NULL)
		memset(data, 0xee, data_size);
	assert_memory_equal(c, &before, sizeof(before));
	for (size_t i = 0; i < state_size; i++)
		assert_int_equal(s[i], 0xff);

	/* Another protocol's state is zeroed, and elsewhere if need be. */
	c->state = s;
	wm__conn_state_free(c);
	c->protocol = &big;
	c->state = s = wm__conn_state_new(c, &big);
	assert_non_null(s);
	for (size_t i = 0; i < BIG; i++)
		assert_int_equal(s[i], 0);
	memset(s, 0xdd, BIG);
	for (size_t i = 0; i < data_size; i++)
		assert_int_equal(data[i], 0xee);
	wm__conn_state_free(c);
	assert_null(c->state);
	wm__conn_release(c);
}

static void
state_struct_and_data_do_not_overlap(void **state)
{
	static const size_t sizes[] = { 0, 1, 8, 15, 16, 17, 32, 33, 500, BIG,
		2 * BIG };

	(void)state;
	proc.row = &row;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes); k++)
			check(sizes[i], sizes[k]);
}

/* With the 8 bytes of malloc: an idle connection costs 312 or 344. */
static void
an_idle_connection_stays_small(void **state)
{
	(void)state;
	if (sizeof(struct event) == 128)
		assert_true(sizeof(struct wm_conn) <= 304);
	assert_true(wm_protocol_http.state_size <= 32);
	assert_true(wm_protocol_websocket.state_size <= 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_struct_and_data_do_not_overlap),
		cmocka_unit_test(an_idle_connection_stays_small),
	};

	return UNIT_RUN(tests);
}
