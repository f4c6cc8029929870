/* SPDX-License-Identifier: MIT */
/* Moving to another process: between two messages, and only there. */
#include "framework/base/freeze.h"
#include "protocols/websocket/deflate.h"
#include "tests/support/unit.h"
#include "tests/support/ws_case.h"

#define OFFER "permessage-deflate"

static const struct wm_websocket_options plain = { .deflate.on = true };
static const struct wm_websocket_options keeping = {
	.deflate = { .on = true,
	    .client_takeover = true,
	    .server_takeover = true,
	    .threshold = 1 }
};
static const struct wm_websocket_options pinging = { .ping_ms = 5000,
	.pong_ms = 3000 };
static const struct wm_websocket_options streaming = { .deflate.on = true,
	.part = 16384 };

static void
echo(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send_msg(c, m);
}

static const struct wm_handlers echoes = { .on_message = echo };

static struct wire *
begin(const struct wm_websocket_options *options, const char *offer)
{
	ws_use(options, offer);
	return ws_open(NULL, &echoes);
}

static void
say(struct wire *w, unsigned b0, const void *data, size_t len)
{
	struct wm_buf b = WM_BUF_INIT;

	ws_put(&b, b0, data, len);
	ws_feed(w, b.data, b.len);
	wm_buf_fini(&b);
}

static void
goes_on_between_two_messages(void **state)
{
	struct wire *w = begin(NULL, NULL);

	(void)state;
	assert_int_equal(wire_move(w), 0);
	say(w, 0x81, "one", 3);
	assert_int_equal(wire_move(w), 0);
	say(w, 0x81, "two", 3);
	assert_int_equal(wire_output(w).len, 10);
	assert_memory_equal(wire_output(w).data, "\x81\3one\x81\3two", 10);
	assert_int_equal(wire_calls(w)->connect, 1);
	assert_int_equal(wire_calls(w)->close, 0);
	wire_free(&w);
}

static void
takes_a_frame_along_that_is_not_complete(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x81, "hello", 5);
	for (size_t i = 1; i < b.len; i++) {
		struct wire *w = begin(NULL, NULL);

		ws_feed(w, b.data, i);
		assert_int_equal(wire_move(w), 0);
		ws_feed(w, b.data + i, b.len - i);
		assert_int_equal(wire_output(w).len, 7);
		assert_memory_equal(wire_output(w).data, "\x81\5hello", 7);
		wire_free(&w);
	}
	wm_buf_fini(&b);
}

static void
stays_in_the_middle_of_a_message(void **state)
{
	struct wire *w = begin(&plain, OFFER);
	struct wm_buf packed = WM_BUF_INIT;

	(void)state;
	say(w, 0x01, "frag", 4);
	assert_int_equal(wire_move(w), WM_E_BUSY);
	say(w, 0x89, "ping", 4);
	assert_int_equal(wire_move(w), WM_E_BUSY);
	say(w, 0x80, "ment", 4);
	assert_int_equal(wire_move(w), 0);
	ws_pack(&packed, "hello hello hello", 17);
	say(w, 0x41, packed.data, 4);
	assert_int_equal(wire_move(w), WM_E_BUSY);
	say(w, 0x80, packed.data + 4, packed.len - 4);
	assert_int_equal(wire_move(w), 0);
	wm_buf_fini(&packed);
	wire_free(&w);
}

static void
stays_while_a_message_is_sent_in_parts(void **state)
{
	struct wire *w = begin(NULL, NULL);
	struct wm_msg m = { .data = "part",
		.len = 4,
		.flags = WM_MSG_FIRST | WM_WEBSOCKET_PART };

	(void)state;
	assert_int_equal(wm_conn_send_msg(wire_conn(w), &m), 0);
	wire_turn(w);
	assert_int_equal(wire_move(w), WM_E_BUSY);
	m.flags = WM_MSG_LAST | WM_WEBSOCKET_PART;
	assert_int_equal(wm_conn_send_msg(wire_conn(w), &m), 0);
	wire_turn(w);
	assert_int_equal(wire_move(w), 0);
	wire_free(&w);
}

static void
stays_while_it_closes(void **state)
{
	struct wire *w = begin(NULL, NULL);

	(void)state;
	wm_websocket_close(wire_conn(w), 1000, NULL);
	wire_turn(w);
	assert_int_equal(wire_move(w), WM_E_BUSY);
	wire_free(&w);
}

static void
goes_on_to_deliver_in_parts(void **state)
{
	static char long_text[40000];
	struct wire *w = begin(&streaming, NULL);
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	memset(long_text, 'a', sizeof(long_text));
	assert_int_equal(wire_move(w), 0);
	ws_put(&b, 0x81, long_text, sizeof(long_text));
	ws_feed(w, b.data, 20000);
	assert_int_equal(wire_move(w), WM_E_BUSY);
	ws_feed(w, b.data + 20000, b.len - 20000);
	assert_true(wire_messages(w) > 1);
	assert_int_equal(wire_move(w), 0);
	wm_buf_fini(&b);
	wire_free(&w);
}

/* ---- permessage-deflate ---- */

/* What the server sent, as a client with a kept context reads it. */
static void
read_packed(struct wm_buf *window, struct wm_span *wire, const char *want)
{
	size_t len = strlen(want), n = (unsigned char)wire->data[1];
	struct wm_span in = { wire->data + 2, n };
	struct wm_buf out = WM_BUF_INIT;
	unsigned char end[WS_WINDOW_MAX];
	struct wm__inflater *i =
	    wm__inflater_take((unsigned char *)window->data, window->len);

	assert_non_null(i);
	assert_int_equal((unsigned char)wire->data[0], 0xc1);
	assert_true(n < 126);
	assert_int_equal(wm__inflate(i, &in, &out, 4096), 0);
	assert_int_equal(wm__inflate_end(i, &out, 16384), 0);
	assert_int_equal(out.len, len);
	assert_memory_equal(out.data, want, len);
	window->len = 0;
	wm_buf_put(window, end, wm__inflater_window(i, end));
	wm__inflater_give(&i);
	wm_buf_fini(&out);
	wire->data += n + 2;
	wire->len -= n + 2;
}

/*
 * A hundred messages, each compressed by what was before it, moved before each:
 * the client's messages are understood although they refer to what another
 * process saw, and the client understands ours.
 */
static void
carries_the_context_of_a_hundred_messages(void **state)
{
	static const struct wm__deflate_how how = { 15, 6, 8 };
	struct wm__deflater *client = wm__deflater_new(&how);
	struct wire *w = begin(&keeping, OFFER);
	struct wm_buf window = WM_BUF_INIT;
	size_t first = 0, last = 0;

	(void)state;
	assert_true(wm_websocket_deflated(wire_conn(w)));
	for (unsigned i = 0; i < 100; i++) {
		struct wm_buf packed = WM_BUF_INIT;
		struct wm_span sent;
		char text[80];

		snprintf(text, sizeof(text),
		    "the quick brown fox jumps over the lazy dog, %u", i);
		assert_int_equal(wm__deflate(client,
				     (struct wm_span){ text, strlen(text) },
				     true, &packed),
		    0);
		first = i == 0 ? packed.len : first;
		last = packed.len;
		assert_int_equal(wire_move(w), 0);
		assert_true(wm_websocket_deflated(wire_conn(w)));
		say(w, 0xc1, packed.data, packed.len);
		assert_false(wire_is_closed(w));
		assert_string_equal(wire_message(w, i)->data, text);
		sent = wire_output(w);
		read_packed(&window, &sent, text);
		assert_int_equal(sent.len, 0);
		wire_take_output(w);
		wm_buf_fini(&packed);
	}
	assert_true(last < first / 2); /* it did refer to them */
	wm__deflater_free(&client);
	wm_buf_fini(&window);
	wire_free(&w);
}

static void
the_shared_compressor_serves_the_moved(void **state)
{
	struct wire *w = begin(&plain, OFFER);
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(wire_move(w), 0);
	say(w, 0x81, text, sizeof(text));
	assert_true(wire_output(w).len < 100);
	assert_int_equal((unsigned char)wire_output(w).data[0], 0xc1);
	wire_free(&w);
}

/* ---- liveness ---- */

static void
a_ping_is_answered_and_measured_elsewhere(void **state)
{
	struct wire *w = begin(&pinging, NULL);
	uint32_t rtt;
	char payload[8];

	(void)state;
	wire_advance(w, 4);
	assert_int_equal(wire_move(w), 0);
	wire_advance(w, 3);
	assert_int_equal(wire_output(w).len, 10);
	memcpy(payload, wire_output(w).data + 2, 8);
	assert_int_equal(wire_move(w), 0);
	say(w, 0x8a, payload, 8);
	rtt = wm_websocket_rtt(wire_conn(w));
	assert_int_not_equal(rtt, 0);
	assert_int_equal(wire_move(w), 0);
	assert_int_equal(wm_websocket_rtt(wire_conn(w)), rtt);
	wire_free(&w);
}

static void
a_dead_peer_is_noticed_elsewhere(void **state)
{
	struct wire *w = begin(&pinging, NULL);

	(void)state;
	wire_advance(w, 6);
	assert_int_equal(wire_output(w).len, 10);
	assert_int_equal(wire_move(w), 0);
	wire_advance(w, 6);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_TIMEOUT);
	wire_free(&w);
}

/* ---- what is refused ---- */

static int
thaw(struct wire *w, unsigned version, uint64_t flags, size_t window)
{
	static const char bytes[WS_WINDOW_MAX + 1];
	_Alignas(max_align_t) char memory[64] = { 0 };
	struct wm_buf b = WM_BUF_INIT;
	struct wm_freezer f = { &b };
	struct wm_thawer t;
	int error;

	assert_true(wm_protocol_websocket.state_size <= sizeof(memory));
	wm_freeze_number(&f, flags);
	wm_freeze_number(&f, 0);
	wm_freeze_number(&f, 0);
	wm_freeze_bytes(&f, bytes, window);
	t = (struct wm_thawer){ .data = b.data, .len = b.len };
	error = wm_protocol_websocket.thaw(wire_conn(w), memory, version, &t);
	if (error == 0)
		wm_protocol_websocket.close(wire_conn(w), memory,
		    WM_CLOSE_MOVED);
	wm_buf_fini(&b);
	return error;
}

static void
takes_only_what_it_understands(void **state)
{
	struct wire *w = begin(NULL, NULL);
	unsigned version = wm_protocol_websocket.state_version;

	(void)state;
	assert_int_equal(thaw(w, version, 0, 0), 0);
	assert_int_equal(thaw(w, version, 0x2ff, WS_WINDOW_MAX), 0);
	assert_int_equal(thaw(w, version + 1, 0, 0), WM_E_UNSUPPORTED);
	assert_int_equal(thaw(w, version, 0x400, 0), WM_E_PROTOCOL);
	assert_int_equal(thaw(w, version, 0x10000, 0), WM_E_PROTOCOL);
	assert_int_equal(thaw(w, version, 0x0f, 0), WM_E_PROTOCOL);
	assert_int_equal(thaw(w, version, 0x88, 0), WM_E_PROTOCOL);
	assert_int_equal(thaw(w, version, 0xff, 1), WM_E_PROTOCOL);
	assert_int_equal(thaw(w, version, 0x2ff, WS_WINDOW_MAX + 1),
	    WM_E_PROTOCOL);
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on_between_two_messages),
		cmocka_unit_test(takes_a_frame_along_that_is_not_complete),
		cmocka_unit_test(stays_in_the_middle_of_a_message),
		cmocka_unit_test(stays_while_a_message_is_sent_in_parts),
		cmocka_unit_test(stays_while_it_closes),
		cmocka_unit_test(goes_on_to_deliver_in_parts),
		cmocka_unit_test(carries_the_context_of_a_hundred_messages),
		cmocka_unit_test(the_shared_compressor_serves_the_moved),
		cmocka_unit_test(a_ping_is_answered_and_measured_elsewhere),
		cmocka_unit_test(a_dead_peer_is_noticed_elsewhere),
		cmocka_unit_test(takes_only_what_it_understands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
