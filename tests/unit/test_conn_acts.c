/* SPDX-License-Identifier: MIT */
/* Everything that can be done to a connection, in each of its callbacks, to
   itself and to another one. What is looked for is found by a sanitizer or by
   the end that comes exactly once. */
#include <workerman/channel.h>
#include <workerman/overflow.h>
#include <workerman/timer.h>

#include "framework/channel/channel.h"
#include "framework/kit/wire.h"
#include "framework/net/conn.h"
#include "framework/net/limits.h"
#include "tests/support/toys.h"
#include "tests/support/unit.h"

#define PLACES(X)                                                              \
	X(CONNECT)                                                             \
	X(MESSAGE)                                                             \
	X(ERROR)                                                               \
	X(FULL)                                                                \
	X(DRAIN)                                                               \
	X(CLOSE)                                                               \
	X(DEADLINE)                                                            \
	X(TIMER)                                                               \
	X(DELIVERED)                                                           \
	X(CHANNEL)
#define ACTS(X)                                                                \
	X(NOTHING)                                                             \
	X(FINISH)                                                              \
	X(DESTROY)                                                             \
	X(FINISH_DESTROY)                                                      \
	X(PAUSE)                                                               \
	X(PAUSE_RESUME)                                                        \
	X(SEND)                                                                \
	X(SEND_FULL)                                                           \
	X(LATEST)                                                              \
	X(PUBLISH)                                                             \
	X(PIPE)                                                                \
	X(UNPIPE)                                                              \
	X(PIPE_DESTROY)                                                        \
	X(PROTOCOL)                                                            \
	X(PROTOCOL_FINISH)                                                     \
	X(LIMITS)                                                              \
	X(OVERFLOW_OLDEST)                                                     \
	X(OVERFLOW_END)                                                        \
	X(HANDLERS)                                                            \
	X(UNSUBSCRIBE)                                                         \
	X(SEND_TO)                                                             \
	X(MAKE_ANOTHER)

enum place {
#define PLACE(name) IN_##name,
	PLACES(PLACE)
#undef PLACE
	    N_PLACES
};

enum act {
#define ACT(name) DO_##name,
	ACTS(ACT)
#undef ACT
	    N_ACTS
};

static const char *const place_names[] = {
#define NAME(name) #name,
	PLACES(NAME)
};
static const char *const act_names[] = { ACTS(NAME)
#undef NAME
};

static struct wire *wire;
static struct wm_conn *self, *other; /* null: ended */
static struct wm_handlers handlers;
static enum place place;
static enum act act;
static bool to_other;
static unsigned begun, ended, acted;

/* There is none to be had any more when the process ends. */
static void
open_another(struct wm_conn *beside)
{
	struct wm__service *service = wm__conn_shared_service(beside);

	begun += wm__conn_new(service, -1, NULL) != NULL;
}

static void
fill(struct wm_conn *c)
{
	static char block[2000];

	for (int i = 0; i < 40 && wm_conn_send(c, block, sizeof(block)) >= 0;
	     i++)
		;
}

static void
end(struct wm_conn *c)
{
	switch (act) {
	case DO_PROTOCOL_FINISH:
		wm_conn_set_protocol(c, &toy_counting, NULL, 0);
		/* FALLTHROUGH */
	case DO_FINISH:
		wm_conn_close(c);
		break;
	case DO_FINISH_DESTROY:
		wm_conn_close(c);
		/* FALLTHROUGH */
	case DO_DESTROY:
		wm_conn_destroy(c);
		break;
	default:
		break;
	}
}

static void
join(struct wm_conn *c)
{
	if (act == DO_PIPE || act == DO_UNPIPE || act == DO_PIPE_DESTROY)
		if (self != NULL && other != NULL)
			wm_conn_pipe(self, other);
	if (act == DO_UNPIPE)
		wm_conn_unpipe(c);
	if (act == DO_PIPE_DESTROY)
		wm_conn_destroy(c);
}

static void
speak(struct wm_conn *c)
{
	const struct wm_msg m = { .data = "news", .len = 4 };

	if (act == DO_SEND)
		wm_conn_send(c, "x", 1);
	if (act == DO_SEND_FULL)
		fill(c);
	if (act == DO_LATEST)
		wm_conn_send_latest(c, 7, &m);
	if (act == DO_PUBLISH)
		wm_publish(wm_conn_proc(c), "topic", "p", 1, 0);
	if (act == DO_SEND_TO)
		wm_conn_send_to(wm_conn_proc(c), wm_conn_id(c), "y", 1);
}

static void
change(struct wm_conn *c)
{
	if (act == DO_PAUSE || act == DO_PAUSE_RESUME)
		wm_conn_pause(c);
	if (act == DO_PAUSE_RESUME)
		wm_conn_resume(c);
	if (act == DO_PROTOCOL)
		wm_conn_set_protocol(c, &toy_counting, NULL, 0);
	if (act == DO_LIMITS)
		wm_conn_set_limits(c,
		    &(struct wm_limits){ .unsent = 100, .idle_ms = 1000 });
	if (act == DO_OVERFLOW_OLDEST)
		wm_conn_set_overflow(c, WM_OVERFLOW_DROP_OLDEST);
	if (act == DO_OVERFLOW_END)
		wm_conn_set_overflow(c, WM_OVERFLOW_CLOSE);
	if (act == DO_HANDLERS)
		wm_conn_set_handlers(c, &handlers);
	if (act == DO_UNSUBSCRIBE)
		wm_unsubscribe(c, "topic");
	if (act == DO_MAKE_ANOTHER)
		open_another(c);
}

static void
do_it(enum place here)
{
	struct wm_conn *c = to_other ? other : self;

	if (here != place || c == NULL || acted > 50)
		return;
	acted++;
	end(c);
	join(c);
	speak(c);
	change(c);
}

/* ---- the callbacks ---- */

static void
on_connect(struct wm_conn *c)
{
	if (self == NULL)
		self = c;
	wm_subscribe(c, "topic");
	do_it(IN_CONNECT);
}

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	(void)c, (void)m;
	do_it(IN_MESSAGE);
}

static void
on_error(struct wm_conn *c, int error)
{
	(void)c, (void)error;
	do_it(IN_ERROR);
}

static void
on_full(struct wm_conn *c)
{
	(void)c;
	do_it(IN_FULL);
}

static void
on_drain(struct wm_conn *c)
{
	(void)c;
	do_it(IN_DRAIN);
}

static void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)reason;
	do_it(IN_CLOSE);
	ended++;
	if (c == self)
		self = NULL;
	if (c == other)
		other = NULL;
}

static void
in_deadline(struct wm_conn *c, void *st, unsigned which)
{
	(void)c, (void)st, (void)which;
	do_it(IN_DEADLINE);
}

static void
in_delivered(struct wm_conn *c, void *st, const struct wm_msg *m)
{
	(void)c, (void)st, (void)m;
	do_it(IN_DELIVERED);
}

static void
in_timer(struct wm_proc *p, void *arg)
{
	(void)p, (void)arg;
	do_it(IN_TIMER);
}

static void
in_channel(struct wm_proc *p, const char *topic, const void *data, size_t len,
    void *arg)
{
	(void)p, (void)topic, (void)data, (void)len, (void)arg;
	if (place == IN_CHANNEL && act != DO_PUBLISH)
		do_it(IN_CHANNEL);
}

static struct wm_handlers handlers = {
	.on_connect = on_connect,
	.on_message = on_message,
	.on_close = on_close,
	.on_error = on_error,
	.on_buffer_full = on_full,
	.on_buffer_drain = on_drain,
};

/* Once through all that a connection can meet. */
static void
live(void)
{
	wire_feed(wire, "one\ntwo\n", 8);
	wire_turn(wire);
	wm_publish(wire_proc(wire), "topic", "hello", 5, 0);
	wire_stall(wire, true);
	if (self != NULL)
		fill(self);
	wire_turn(wire);
	wm_publish(wire_proc(wire), "topic", "again", 5, 0);
	wire_turn(wire);
	wire_stall(wire, false);
	wire_turn(wire);
	if (self != NULL)
		wm_conn_set_deadline(self, 1, 1000);
	wire_advance(wire, 3);
	in_timer(wire_proc(wire), NULL);
	wire_turn(wire);
	wire_feed(wire, "three\n", 6);
	wire_eof(wire);
	wire_turn(wire);
}

static void (*wires_hook)(struct wm_conn *), (*channels_hook)(struct wm_conn *);

/* The channel's hook, and the wire's, which it has taken the place of. */
static void
both_hooks(struct wm_conn *c)
{
	channels_hook(c);
	wires_hook(c);
}

static void
open_channel(struct wm_proc *p)
{
	wires_hook = p->conn_hook;
	assert_int_equal(wm__channel_init(p), 0);
	channels_hook = p->conn_hook;
	p->conn_hook = both_hooks;
}

static void
play(void)
{
	struct wm_protocol toy = wm_protocol_text;

	toy.deadline = in_deadline;
	toy.delivered = in_delivered;
	begun = 1;
	ended = acted = 0;
	self = other = NULL;
	wire =
	    wire_new(&toy, &(struct wm_limits){ .unsent = 10000 }, &handlers);
	open_channel(wire_proc(wire));
	wm_channel_listen(wire_proc(wire), "topic", in_channel, NULL);
	if (self != NULL)
		wm_subscribe(self, "topic");
	begun++;
	other = wire_open(wire);
	live();
	wm__proc_end_conns(wire_proc(wire));
	wm__channel_fini(wire_proc(wire));
	if (ended != begun)
		fail_msg("%s in %s: %u of %u ended", act_names[act],
		    place_names[place], ended, begun);
	/* where nothing ends it, each place is reached */
	if (act == DO_NOTHING)
		assert_in_range(acted, 1, 10);
	wire_free(&wire);
}

static void
anything_may_be_done_anywhere(void **state)
{
	(void)state;
	for (place = 0; place < N_PLACES; place++)
		for (act = 0; act < N_ACTS; act++) {
			to_other = false;
			play();
			to_other = true;
			if (act != DO_NOTHING)
				play();
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything_may_be_done_anywhere),
	};

	return UNIT_RUN(tests);
}
