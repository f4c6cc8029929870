/* SPDX-License-Identifier: MIT */
/* The core's side of the decoder contract in <workerman/protocol.h>. */
#include <sys/socket.h>

#include <unistd.h>

#include "framework/base/log.h"
#include "framework/net/conn.h"
#include "tests/support/toys.h"
#include "tests/support/unit.h"
#include "tests/support/ways.h"
#include "framework/kit/wire.h"

static void
closes_a_protocol_that_breaks_its_contract(void **state)
{
	static const struct wm_protocol *const toys[] = { &toy_idle, &toy_empty,
		&toy_forgetful, &toy_overdrawn, &toy_inflating, &toy_nibbler,
		&toy_babbler };

	(void)state;
	for (size_t i = 0; i < sizeof(toys) / sizeof(*toys); i++)
		ways_check((&(struct ways){ .protocol = toys[i],
		    WAYS_INPUT("ab"),
		    .closes = true,
		    .reason = WM_CLOSE_BUG }));
}

static void
closes_at_exactly_the_limit_of_undecoded_bytes(void **state)
{
	static const struct wm_limits limits = { .undecoded = 10 };

	(void)state;
	ways_check((&(struct ways){ .protocol = &toy_mute,
	    .limits = &limits,
	    WAYS_INPUT("123456789") }));
	ways_check((&(struct ways){ .protocol = &toy_mute,
	    .limits = &limits,
	    WAYS_INPUT("1234567890"),
	    .closes = true,
	    .reason = WM_CLOSE_OVERFLOW }));
}

static void
refuses_an_announced_length_before_it_costs_memory(void **state)
{
	struct wire *w = wire_new(&toy_greedy,
	    &(struct wm_limits){ .message = SIZE_MAX / 4 }, NULL);

	(void)state;
	wire_feed(w, "a", 1);
	assert_null(wire_conn(w)->unread);
	wire_turn(w);
	assert_int_equal(wire_reason(w), WM_CLOSE_TOO_BIG);
	wire_free(&w);
}

static void
closes_for_the_reason_that_belongs_to_the_error(void **state)
{
	static const enum wm_close_reason reasons[] = {
		[1] = WM_CLOSE_MEMORY,
		[5] = WM_CLOSE_PROTOCOL,
		[6] = WM_CLOSE_TOO_BIG,
		[7] = WM_CLOSE_OVERFLOW,
		[8] = WM_CLOSE_DATA,
		[9] = WM_CLOSE_POLICY,
		[10] = WM_CLOSE_TIMEOUT,
		[14] = WM_CLOSE_PROTOCOL,
		[16] = WM_CLOSE_BUG, /* no error of ours */
		[255] = WM_CLOSE_BUG,
	};

	(void)state;
	for (size_t i = 1; i < 256; i++) {
		struct wire *w = wire_new(&toy_failing, NULL, NULL);
		char byte = (char)i;

		wire_feed(w, &byte, 1);
		wire_turn(w);
		assert_true(wire_is_closed(w));
		if (i < sizeof(reasons) / sizeof(*reasons) &&
		    reasons[i] != WM_CLOSE_PEER)
			assert_int_equal(wire_reason(w), reasons[i]);
		wire_free(&w);
	}
}

static void
lets_a_protocol_shrink_the_unread_bytes(void **state)
{
	static const struct ways_message words[] = { WAYS_MESSAGE("abc"),
		WAYS_MESSAGE(""), WAYS_MESSAGE("de"), WAYS_END };

	(void)state;
	ways_check((&(struct ways){ .protocol = &toy_squeezing,
	    WAYS_INPUT("-a-bc.-.--d--e.--f-"),
	    .messages = words }));
	/* and what it removed does not count */
	ways_check((&(struct ways){ .protocol = &toy_squeezing,
	    .limits = &(struct wm_limits){ .undecoded = 4 },
	    WAYS_INPUT("-a-bc.-.--d--e.--f-"),
	    .messages = words }));
}

static void
shows_bytes_again_only_with_more_behind_them(void **state)
{
	struct wire *w = wire_new(&toy_counting, NULL, NULL);
	struct wm_conn *c = wire_conn(w);
	unsigned *calls = wm_conn_state(c, &toy_counting);

	(void)state;
	wire_feed(w, "ab", 2);
	assert_int_equal(*calls, 1);
	wm_conn_pause(c);
	wm_conn_resume(c);
	wire_turn(w);
	assert_int_equal(*calls, 1);
	wire_feed(w, "c.d", 3);
	assert_int_equal(*calls, 3);
	assert_int_equal(wire_messages(w), 1);
	assert_string_equal(wire_message(w, 0)->data, "abc");
	wire_free(&w);
}

static void
takes_one_message_of_unused_bytes_at_end_of_file(void **state)
{
	static const struct ways_message words[] = { WAYS_MESSAGE("one"),
		WAYS_MESSAGE("rest"), WAYS_END };

	(void)state;
	ways_check((&(struct ways){ .protocol = &toy_counting,
	    WAYS_INPUT("one.rest"),
	    .eof = true,
	    .messages = words,
	    .closes = true,
	    .reason = WM_CLOSE_PEER }));
}

/* Both messages come at end of file, the second uses nothing. */
static void
shows_the_end_of_file_once(void **state)
{
	struct wire *w = wire_new(&toy_counting, NULL, NULL);
	struct wm_conn *c = wire_conn(w);
	unsigned *calls = wm_conn_state(c, &toy_counting);

	(void)state;
	wm_conn_pause(c);
	wire_feed(w, "one.rest", 8);
	wire_eof(w);
	wire_turn(w);
	assert_int_equal(*calls, 0);
	wm_conn_hold(c); /* so that it stays */
	wm_conn_resume(c);
	wire_turn(w);
	assert_int_equal(wire_messages(w), 2);
	assert_int_equal(*calls, 2);
	wm_conn_pause(c);
	wm_conn_resume(c);
	wire_turn(w);
	assert_int_equal(*calls, 2);
	assert_false(wire_is_closed(w));
	wm_conn_release(c);
	wire_turn(w);
	assert_int_equal(wire_reason(w), WM_CLOSE_PEER);
	wire_free(&w);
}

static void
decodes_nothing_after_a_close_in_decode(void **state)
{
	static const struct ways_message words[] = { WAYS_MESSAGE("a"),
		WAYS_END };

	(void)state;
	ways_check((&(struct ways){ .protocol = &toy_acting,
	    WAYS_INPUT("acbb"),
	    .messages = words,
	    .closes = true,
	    .reason = WM_CLOSE_APPLICATION }));
	ways_check((&(struct ways){ .protocol = &toy_acting,
	    WAYS_INPUT("adbb"),
	    .messages = words,
	    .closes = true,
	    .reason = WM_CLOSE_APPLICATION }));
}

static void
decodes_nothing_while_paused_in_decode(void **state)
{
	struct wire *w = wire_new(&toy_acting, NULL, NULL);

	(void)state;
	wire_feed(w, "apb", 3);
	wire_turn(w);
	assert_int_equal(wire_messages(w), 2); /* a, and p itself */
	wm_conn_resume(wire_conn(w));
	wire_turn(w);
	assert_int_equal(wire_messages(w), 3);
	wire_free(&w);
}

static void
sends_in_decode(void **state)
{
	static const struct ways_message words[] = { WAYS_MESSAGE("s"),
		WAYS_MESSAGE("s"), WAYS_END };

	(void)state;
	ways_check((&(struct ways){ .protocol = &toy_acting,
	    WAYS_INPUT("ss"),
	    .messages = words,
	    WAYS_OUTPUT("sentsent") }));
}

static void
gives_the_rest_to_the_protocol_that_decode_changed_to(void **state)
{
	static const struct ways_message words[] = { WAYS_MESSAGE("a"),
		WAYS_MESSAGE("w"), WAYS_MESSAGE("bc"), WAYS_END };

	(void)state;
	ways_check((&(struct ways){ .protocol = &toy_acting,
	    WAYS_INPUT("awbc.d"),
	    .messages = words }));
}

static void
refuses_a_connection_that_its_protocol_refuses(void **state)
{
	struct wire *w = wire_new(&toy_refusing, NULL, NULL);

	(void)state;
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_POLICY);
	assert_int_equal(wire_calls(w)->connect, 0);
	assert_int_equal(wire_calls(w)->close, 0);
	wire_free(&w);
}

static void
frees_the_room_of_a_long_message(void **state)
{
	static char body[1 << 20];
	struct wire *w = wire_new(&wm_protocol_frame, NULL, NULL);

	(void)state;
	wire_feed(w, "\0\20\0\0", 4);
	wire_feed(w, body, sizeof(body) - 4);
	assert_int_equal(wire_messages(w), 1);
	assert_null(wire_conn(w)->unread);
	wire_feed(w, "\0\20\0\0", 4);
	wire_feed(w, body, sizeof(body) - 2);
	assert_int_equal(wire_messages(w), 2);
	assert_int_equal(wire_conn(w)->unread->len, 2);
	assert_true(wire_conn(w)->unread->cap <= 4096);
	wire_free(&w);
}

/* ---- a protocol that watches how it is called ---- */

static struct {
	unsigned inside, decoded, told; /* calls of decode, of delivered */
	bool callback;                  /* on_message is running */
} watch;

static void
watched_do(struct wm_conn *c)
{
	wm_conn_pause(c);
	wm_conn_send(c, "x", 1);
	wm_conn_resume(c);
	wm_conn_hold(c);
	wm_conn_release(c);
}

/* A part is a byte; '<' and '>' begin and end a message of several. */
static int
watched_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	(void)state;
	assert_int_equal(watch.inside++, 0);
	assert_false(watch.callback);
	watch.decoded++;
	watched_do(c);
	msg->data = in->data;
	msg->len = in->used = 1;
	msg->flags = (*in->data == '<' ? WM_MSG_FIRST : 0u) |
	    (*in->data == '>' ? WM_MSG_LAST : 0u);
	watch.inside--;
	return WM_MESSAGE;
}

static void
watched_delivered(struct wm_conn *c, void *state, const struct wm_msg *msg)
{
	(void)c, (void)state;
	assert_false(watch.callback);
	assert_int_equal(msg->len, 1);
	watch.told++;
}

static const struct wm_protocol watched = {
	.name = "watched",
	.abi = WM_PROTOCOL_ABI,
	.decode = watched_decode,
	.delivered = watched_delivered,
};

static void
watched_message(struct wm_conn *c, const struct wm_msg *m)
{
	assert_int_equal(watch.inside, 0);
	watch.callback = true;
	watched_do(c);
	if (*m->data == 'c')
		wm_conn_close(c);
	if (*m->data == 'w')
		wm_conn_set_protocol(c, &toy_counting, NULL, 0);
	watch.callback = false;
}

static struct wire *
watched_new(void)
{
	memset(&watch, 0, sizeof(watch));
	return wire_new(&watched, NULL,
	    &(struct wm_handlers){ .on_message = watched_message });
}

static void
enters_decode_and_callback_one_after_the_other(void **state)
{
	struct wire *w = watched_new();

	(void)state;
	wire_feed(w, "ab<", 3);
	wire_turn(w);
	wire_feed(w, "d", 1);
	wire_turn(w);
	assert_int_equal(watch.decoded, 4);
	assert_int_equal(wire_messages(w), 4);
	assert_span(wire_output(w), "xxxxxxxx");
	wire_free(&w);
}

static void
tells_the_protocol_of_a_delivery_unless_it_closed(void **state)
{
	struct wire *w = watched_new();

	(void)state;
	wire_feed(w, "ab", 2);
	assert_int_equal(watch.told, 2);
	wire_feed(w, "cd", 2);
	assert_int_equal(watch.told, 2);
	assert_int_equal(wire_messages(w), 3);
	wire_turn(w);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
delivers_the_parts_of_a_message_and_counts_it_once(void **state)
{
	struct wire *w = watched_new();

	(void)state;
	wire_feed(w, "<ab>", 4);
	assert_int_equal(wire_messages(w), 4);
	assert_int_equal(wire_message(w, 0)->flags, WM_MSG_FIRST);
	assert_int_equal(wire_message(w, 1)->flags, 0);
	assert_int_equal(wire_message(w, 3)->flags, WM_MSG_LAST);
	assert_int_equal(wm__counter(&wire_proc(w)->counters->requests), 1);
	wire_free(&w);
}

static void
gives_the_rest_to_the_protocol_that_a_callback_changed_to(void **state)
{
	struct wire *w = watched_new();

	(void)state;
	wire_feed(w, "awbc.d", 6);
	wire_turn(w);
	assert_int_equal(watch.decoded, 2);
	assert_int_equal(wire_messages(w), 3);
	assert_string_equal(wire_message(w, 2)->data, "bc");
	assert_int_equal(wire_unread(w), 1);
	wire_free(&w);
}

/* ---- over a socket: the ways of a read ---- */

static int peer;
static size_t to_send, sent;
static const char *bytes;
static unsigned messages_wanted;

static struct wire *
open_socket(const struct wm_protocol *protocol, const struct wm_limits *limits)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			     pair),
	    0);
	peer = pair[1];
	sent = 0;
	return wire_new_on(pair[0], protocol, limits, NULL);
}

/* Pieces of all sizes, one a turn. */
static bool
all_delivered(struct wire *w)
{
	size_t n = (size_t)rand() % 3 == 0 ? (size_t)rand() % 7 + 1 :
					     (size_t)rand() % 90000 + 1;
	ssize_t done;

	if (n > to_send - sent)
		n = to_send - sent;
	done = n > 0 ? send(peer, bytes + sent, n, MSG_NOSIGNAL) : 0;
	if (done > 0)
		sent += (size_t)done;
	if (wire_conn(w)->unread != NULL)
		assert_true(wire_conn(w)->unread->cap <=
		    4 * wire_conn(w)->unread->len + 4 * 4096);
	return wire_messages(w) >= messages_wanted || wire_is_closed(w);
}

static void
reads_frames_of_every_size_in_pieces_of_every_size(void **state)
{
	struct wire *w = open_socket(&wm_protocol_frame, NULL);
	struct wm_buf in = WM_BUF_INIT;
	size_t len[40], pos = 0;

	(void)state;
	srand(3);
	for (size_t i = 0; i < 40; i++) {
		unsigned char head[4];
		size_t n = len[i] = (size_t)rand() %
		    (i % 4 == 0        ? 700000 :
			    i % 4 == 1 ? 9000 :
					 20);

		for (size_t k = 0; k < 4; k++)
			head[k] = (unsigned char)((n + 4) >> (24 - 8 * k));
		wm_buf_put(&in, head, 4);
		for (size_t k = 0; k < n; k++)
			wm_buf_put(&in, &(char){ (char)(k * 7 + i) }, 1);
	}
	bytes = in.data;
	to_send = in.len;
	messages_wanted = 40;
	wire_run(w, all_delivered);
	assert_int_equal(wire_messages(w), 40);
	for (size_t i = 0; i < 40; i++) {
		assert_int_equal(wire_message(w, i)->len, len[i]);
		assert_memory_equal(wire_message(w, i)->data, in.data + pos + 4,
		    len[i]);
		pos += len[i] + 4;
	}
	assert_null(wire_conn(w)->unread);
	assert_int_equal(wire_conn(w)->bytes_in, in.len);
	wm_buf_fini(&in);
	wire_free(&w);
	close(peer);
}

#define PATIENT 400000
static unsigned patient_calls;

/* It wants all, and says every time that one byte more would do. */
static int
patient_decode(struct wm_conn *c, void *st, struct wm_input *in,
    struct wm_msg *m)
{
	(void)c, (void)st;
	patient_calls++;
	in->need = in->len + 1;
	if (in->len < PATIENT)
		return WM_MORE;
	in->need = 0;
	in->used = m->len = in->len;
	m->data = in->data;
	return WM_MESSAGE;
}

static void
reads_what_there_is_for_who_asks_byte_by_byte(void **state)
{
	static const struct wm_protocol patient = { .name = "patient",
		.abi = WM_PROTOCOL_ABI,
		.decode = patient_decode };
	static char data[PATIENT];
	struct wire *w = open_socket(&patient, NULL);

	(void)state;
	srand(4);
	bytes = data;
	to_send = sizeof(data);
	messages_wanted = 1;
	wire_run(w, all_delivered);
	assert_int_equal(wire_message(w, 0)->len, sizeof(data));
	assert_in_range(patient_calls, 2, 200);
	wire_free(&w);
	close(peer);
}

/* A megabyte was announced; three bytes came, one by one. */
static void
spends_memory_on_what_came_not_on_what_was_announced(void **state)
{
	struct wire *w = open_socket(&wm_protocol_frame, NULL);

	(void)state;
	bytes = "\0\20\0\0abc";
	for (to_send = 1; to_send <= 7; to_send++) {
		messages_wanted = 0;
		wire_run(w, all_delivered);
		while (wire_conn(w)->bytes_in < sent)
			wire_run(w, all_delivered);
		assert_true(wire_conn(w)->unread == NULL ||
		    wire_conn(w)->unread->cap <= 256);
	}
	wire_free(&w);
	close(peer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closes_a_protocol_that_breaks_its_contract),
		cmocka_unit_test(
		    closes_at_exactly_the_limit_of_undecoded_bytes),
		cmocka_unit_test(
		    refuses_an_announced_length_before_it_costs_memory),
		cmocka_unit_test(
		    closes_for_the_reason_that_belongs_to_the_error),
		cmocka_unit_test(lets_a_protocol_shrink_the_unread_bytes),
		cmocka_unit_test(shows_bytes_again_only_with_more_behind_them),
		cmocka_unit_test(
		    takes_one_message_of_unused_bytes_at_end_of_file),
		cmocka_unit_test(shows_the_end_of_file_once),
		cmocka_unit_test(decodes_nothing_after_a_close_in_decode),
		cmocka_unit_test(decodes_nothing_while_paused_in_decode),
		cmocka_unit_test(sends_in_decode),
		cmocka_unit_test(
		    gives_the_rest_to_the_protocol_that_decode_changed_to),
		cmocka_unit_test(
		    refuses_a_connection_that_its_protocol_refuses),
		cmocka_unit_test(
		    enters_decode_and_callback_one_after_the_other),
		cmocka_unit_test(
		    tells_the_protocol_of_a_delivery_unless_it_closed),
		cmocka_unit_test(
		    delivers_the_parts_of_a_message_and_counts_it_once),
		cmocka_unit_test(
		    gives_the_rest_to_the_protocol_that_a_callback_changed_to),
		cmocka_unit_test(frees_the_room_of_a_long_message),
		cmocka_unit_test(
		    reads_frames_of_every_size_in_pieces_of_every_size),
		cmocka_unit_test(reads_what_there_is_for_who_asks_byte_by_byte),
		cmocka_unit_test(
		    spends_memory_on_what_came_not_on_what_was_announced),
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
