/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "framework/master/mailboxes.h"
#include "tests/support/unit.h"

static struct wm__mailboxes boxes;

static int
set_up(void **state)
{
	(void)state;
	wm__mailboxes_init(&boxes);
	return 0;
}

static int
tear_down(void **state)
{
	struct wm__mailbox *m;

	(void)state;
	while ((m = TAILQ_FIRST(&boxes.all)) != NULL)
		wm__mailbox_free(&boxes, &m);
	return 0;
}

static struct wm__mailbox *
box(void)
{
	struct wm__mailbox *m = NULL;

	assert_int_equal(wm__mailbox_new(&boxes, &m), 0);
	return m;
}

static void
ids_rise_and_are_never_reused(void **state)
{
	struct wm__mailbox *a = box(), *b = box(), *c;

	(void)state;
	assert_int_equal(a->id, 1);
	assert_int_equal(b->id, 2);
	wm__mailbox_free(&boxes, &b);
	assert_null(b);
	wm__mailbox_free(&boxes, &b);
	wm__mailbox_free(&boxes, &a);
	c = box();
	assert_int_equal(c->id, 3);
}

static void
whoever_asks_gets_all_in_turn(void **state)
{
	struct wm__mailbox *gap;
	uint32_t id = 0, got[4], n = 0;
	const struct wm__mailbox *m;

	(void)state;
	assert_null(wm__mailboxes_after(&boxes, 0));
	box(), gap = box(), box(), box();
	wm__mailbox_free(&boxes, &gap);
	while ((m = wm__mailboxes_after(&boxes, id)) != NULL && n < 4)
		got[n++] = id = m->id;
	assert_int_equal(n, 3);
	assert_int_equal(got[0], 1);
	assert_int_equal(got[1], 3);
	assert_int_equal(got[2], 4);
	assert_null(wm__mailboxes_after(&boxes, UINT32_MAX));
}

static void
messages_keep_their_bounds_and_outlive_their_reader(void **state)
{
	struct wm__mailbox *m = box();
	int reader = dup(m->fds[0]);
	char text[16];

	(void)state;
	assert_int_equal(send(m->fds[1], "one", 3, 0), 3);
	assert_int_equal(send(m->fds[1], "three", 5, 0), 5);
	assert_int_equal(recv(reader, text, sizeof(text), 0), 3);
	close(reader);
	assert_int_equal(recv(m->fds[0], text, sizeof(text), 0), 5);
	assert_int_equal(recv(m->fds[0], text, sizeof(text), 0), -1);
	assert_int_equal(errno, EAGAIN);
}

/* A reader that reads no more stops nobody, and bounds what is kept. */
static void
a_full_one_says_so(void **state)
{
	static char text[4096];
	struct wm__mailbox *m = box();
	size_t n = 0;

	(void)state;
	while (n < 10000 && send(m->fds[1], text, sizeof(text), 0) > 0)
		n++;
	assert_int_equal(errno, EAGAIN);
	assert_in_range(n, 16, 2000);
}

static void
no_other_program_gets_them(void **state)
{
	struct wm__mailbox *m = box();

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_true(fcntl(m->fds[i], F_GETFD) & FD_CLOEXEC);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ids_rise_and_are_never_reused),
		TEST(whoever_asks_gets_all_in_turn),
		TEST(messages_keep_their_bounds_and_outlive_their_reader),
		TEST(a_full_one_says_so),
		TEST(no_other_program_gets_them),
	};

	return UNIT_RUN(tests);
}
