/* SPDX-License-Identifier: MIT */
#include "tests/support/unit.h"
#include "tests/support/ws_case.h"

#define HOST    "Host: example.com\r\n"
#define UPGRADE "Upgrade: websocket\r\n"
#define CONN    "Connection: Upgrade\r\n"
#define KEY16   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define V13     "Sec-WebSocket-Version: 13\r\n"
#define GET     "GET / HTTP/1.1\r\n" HOST
#define END     "\r\n"

/* What was sent, terminated; valid until the next call. */
static const char *
output(struct wire *w)
{
	static char text[4096];
	struct wm_span out = wire_output(w);

	assert_true(out.len < sizeof(text));
	memcpy(text, out.data, out.len);
	text[out.len] = '\0';
	return text;
}

static void
assert_status(struct wire *w, const char *status)
{
	const char *out = output(w);

	if (strncmp(out, "HTTP/1.1 ", 9) != 0 ||
	    strncmp(out + 9, status, strlen(status)) != 0)
		fail_msg("wanted %s, got %s", status, out);
}

static void
check_status(const char *request, const char *status)
{
	struct wire *w;

	w = wire_new(&wm_protocol_websocket, NULL, &ws_scribe);
	ws_feed(w, request, strlen(request));
	assert_status(w, status);
	assert_int_equal(wire_is_closed(w), strcmp(status, "101") != 0);
	wire_free(&w);
}

/* `head`, the header under test, the empty line. Valid until the next call. */
static const char *
request_with(const char *head, const char *header)
{
	static char text[500];

	snprintf(text, sizeof(text), "%s%s" END, head, header);
	return text;
}

static void
answers_the_example_of_the_rfc(void **state)
{
	struct wire *w;

	(void)state;
	w = wire_new(&wm_protocol_websocket, NULL, &ws_scribe);
	ws_feed(w, ws_opening, strlen(ws_opening));
	assert_status(w, "101");
	assert_non_null(strstr(output(w), "\r\nUpgrade: websocket\r\n"));
	assert_non_null(strstr(output(w),
	    "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
	assert_null(strstr(output(w), "Sec-WebSocket-Protocol"));
	assert_null(strstr(output(w), "Sec-WebSocket-Extensions"));
	wire_free(&w);
}

static void
accepts_what_the_rfc_leaves_free(void **state)
{
	(void)state;
	check_status(GET UPGRADE CONN KEY16 V13 END, "101");
	check_status("GET /a/b?c=d HTTP/1.1\r\n" HOST UPGRADE CONN KEY16 V13
		     "Origin: http://example.com\r\n" END,
	    "101");
	check_status(GET "upgrade: WebSocket\r\nconnection: keep-alive, "
			 "UPGRADE\r\n" KEY16 V13 END,
	    "101");
	check_status(GET "Upgrade: h2c, websocket\r\n" CONN KEY16 V13 END,
	    "101");
	check_status(GET UPGRADE CONN KEY16 V13 "Content-Length: 0\r\n" END,
	    "101");
	check_status(GET UPGRADE CONN KEY16 V13
	    "Sec-WebSocket-Protocol: chat\r\n"
	    "Sec-WebSocket-Extensions: permessage-deflate\r\n" END,
	    "101");
}

static void
refuses_what_is_no_get(void **state)
{
	(void)state;
	check_status("POST / HTTP/1.1\r\n" HOST UPGRADE CONN KEY16 V13 END,
	    "405");
}

static void
refuses_http_1_0(void **state)
{
	(void)state;
	check_status("GET / HTTP/1.0\r\n" HOST UPGRADE CONN KEY16 V13 END,
	    "400");
}

static void
asks_for_an_upgrade(void **state)
{
	struct wire *w;

	(void)state;
	check_status(GET END, "426");
	check_status(GET CONN KEY16 V13 END, "426");
	check_status(GET "Upgrade: websockets\r\n" CONN KEY16 V13 END, "426");
	check_status(GET UPGRADE KEY16 V13 END, "400");
	check_status(GET UPGRADE "Connection: close\r\n" KEY16 V13 END, "400");
	w = wire_new(&wm_protocol_websocket, NULL, &ws_scribe);
	ws_feed(w, GET END, strlen(GET END));
	assert_non_null(strstr(output(w), "\r\nUpgrade: websocket\r\n"));
	wire_free(&w);
}

static void
names_the_version_that_it_speaks(void **state)
{
	static const char *const bad[] = { "", "Sec-WebSocket-Version: 8\r\n",
		"Sec-WebSocket-Version: 013\r\n",
		"Sec-WebSocket-Version: 13, 8\r\n",
		"Sec-WebSocket-Version:\r\n", V13 V13 };
	struct wire *w;
	const char *request;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request = request_with(GET UPGRADE CONN KEY16, bad[i]);
		check_status(request, "426");
		w = wire_new(&wm_protocol_websocket, NULL, &ws_scribe);
		ws_feed(w, request, strlen(request));
		assert_non_null(
		    strstr(output(w), "\r\nSec-WebSocket-Version: 13\r\n"));
		wire_free(&w);
	}
}

static void
wants_one_key_of_sixteen_bytes(void **state)
{
	static const char *const bad[] = { "", KEY16 KEY16,
		"Sec-WebSocket-Key:\r\n",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWU=\r\n",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWVl\r\n",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n",
		"Sec-WebSocket-Key: ************************\r\n",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==x\r\n" };
	const char *request;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request = request_with(GET UPGRADE CONN V13, bad[i]);
		check_status(request, "400");
	}
}

static void
refuses_a_body(void **state)
{
	(void)state;
	check_status(GET UPGRADE CONN KEY16 V13 "Content-Length: 2\r\n" END
						"hi",
	    "400");
	check_status(GET UPGRADE CONN KEY16 V13
	    "Transfer-Encoding: chunked\r\n" END "0\r\n\r\n",
	    "400");
}

static void
takes_frames_that_came_with_the_request(void **state)
{
	struct wm_buf b = WM_BUF_INIT;
	struct wire *w;
	const char *out;
	size_t cut;

	(void)state;
	wm_buf_puts(&b, ws_opening);
	ws_put(&b, 0x89, "now", 3);
	ws_put(&b, 0x88, "\x03\xe8", 2);
	for (cut = 0; cut <= b.len; cut++) {
		w = wire_new(&wm_protocol_websocket, NULL, &ws_scribe);
		ws_feed(w, b.data, cut);
		ws_feed(w, b.data + cut, b.len - cut);
		out = strstr(output(w), "\r\n\r\n");
		assert_non_null(out);
		assert_memory_equal(out + 4, "\x8a\x03now\x88\x02\x03\xe8", 10);
		assert_true(wire_is_closed(w));
		wire_free(&w);
	}
	wm_buf_fini(&b);
}

/* ---- as an upgrade on an http port ---- */

static struct wm_websocket_accept how;
static bool requested;
static int result;

static void
accept_request(struct wm_conn *c, const struct wm_msg *m)
{
	requested = wm_websocket_requested(m);
	result = wm_websocket_accept(c, m, &how);
}

static const struct wm_handlers accepting = { .on_message = accept_request };

static struct wire *
ask(const char *request)
{
	struct wire *w = wire_new(&wm_protocol_http, NULL, &accepting);

	ws_feed(w, request, strlen(request));
	return w;
}

static unsigned heard;

static void
hear(struct wm_conn *c, const struct wm_msg *m)
{
	heard++;
	wm_conn_send_msg(c, m);
}

static void
upgrades_a_request_of_an_http_port(void **state)
{
	static const struct wm_handlers others = { .on_message = hear };
	struct wm_buf b = WM_BUF_INIT;
	struct wire *w;

	(void)state;
	how = (struct wm_websocket_accept){ .handlers = &others };
	w = ask(GET UPGRADE CONN KEY16 V13 END);
	assert_true(requested);
	assert_int_equal(result, 0);
	assert_status(w, "101");
	assert_non_null(wm_conn_state(wire_conn(w), &wm_protocol_websocket));
	wire_take_output(w);
	ws_put(&b, 0x81, "hi", 2);
	ws_put(&b, 0x88, "", 0);
	ws_feed(w, b.data, b.len);
	assert_int_equal(heard, 1);
	assert_span(wire_output(w),
	    "\x81\x02"
	    "hi\x88\x00");
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_messages(w), 1); /* the request */
	wm_buf_fini(&b);
	wire_free(&w);
}

static void
says_whether_an_upgrade_is_asked_for(void **state)
{
	struct wire *w;

	(void)state;
	how = (struct wm_websocket_accept){ 0 };
	w = ask(GET END);
	assert_false(requested);
	assert_int_equal(result, WM_E_PROTOCOL);
	assert_status(w, "426");
	wire_free(&w);
	w = ask(GET UPGRADE CONN V13 END);
	assert_true(requested);
	assert_int_equal(result, WM_E_PROTOCOL);
	assert_status(w, "400");
	wire_free(&w);
	w = ask(GET CONN KEY16 V13 END);
	assert_true(requested);
	wire_free(&w);
}

static void
names_only_a_subprotocol_that_was_offered(void **state)
{
	static const struct {
		const char *protocol;
		const char *offer;
		bool ok;
	} cases[] = {
		{ "chat", "Sec-WebSocket-Protocol: chat\r\n", true },
		{ "chat", "Sec-WebSocket-Protocol: a,  chat ,b\r\n", true },
		{ "chat",
		    "Sec-WebSocket-Protocol: a\r\n"
		    "sec-websocket-protocol: b,chat\r\n",
		    true },
		{ "chat", "Sec-WebSocket-Protocol: Chat\r\n", false },
		{ "chat", "Sec-WebSocket-Protocol: chat2, cha\r\n", false },
		{ "chat", "Sec-WebSocket-Protocol: , ,\r\n", false },
		{ "", "Sec-WebSocket-Protocol: a,,b\r\n", false },
		{ "a,b", "Sec-WebSocket-Protocol: a,b\r\n", false },
		{ "chat", "", false },
	};
	const char *request;
	struct wire *w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		how = (struct wm_websocket_accept){ .protocol =
							cases[i].protocol };
		request =
		    request_with(GET UPGRADE CONN KEY16 V13, cases[i].offer);
		w = ask(request);
		assert_int_equal(result, cases[i].ok ? 0 : WM_E_INVALID);
		assert_status(w, cases[i].ok ? "101" : "500");
		if (cases[i].ok)
			assert_non_null(strstr(output(w),
			    "\r\nSec-WebSocket-Protocol: chat\r\n"));
		wire_free(&w);
	}
}

static void
adds_the_headers_of_the_application(void **state)
{
	static const struct wm_http_header good[] = { { "Set-Cookie", "a=b" },
		{ "X-Two", "2" }, { NULL, NULL } };
	static const struct wm_http_header bad[][2] = {
		{ { "upgrade", "x" }, { NULL, NULL } },
		{ { "Sec-WebSocket-Accept", "x" }, { NULL, NULL } },
		{ { "sec-websocket-extensions", "x" }, { NULL, NULL } },
		{ { "X", "a\r\nb" }, { NULL, NULL } },
	};
	struct wire *w;
	size_t i;

	(void)state;
	how = (struct wm_websocket_accept){ .headers = good };
	w = ask(GET UPGRADE CONN KEY16 V13 END);
	assert_status(w, "101");
	assert_non_null(
	    strstr(output(w), "\r\nSet-Cookie: a=b\r\nX-Two: 2\r\n"));
	wire_free(&w);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		how.headers = bad[i];
		w = ask(GET UPGRADE CONN KEY16 V13 END);
		assert_int_equal(result, WM_E_INVALID);
		assert_status(w, "500");
		assert_null(
		    wm_conn_state(wire_conn(w), &wm_protocol_websocket));
		wire_free(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_the_example_of_the_rfc),
		cmocka_unit_test(accepts_what_the_rfc_leaves_free),
		cmocka_unit_test(refuses_what_is_no_get),
		cmocka_unit_test(refuses_http_1_0),
		cmocka_unit_test(asks_for_an_upgrade),
		cmocka_unit_test(names_the_version_that_it_speaks),
		cmocka_unit_test(wants_one_key_of_sixteen_bytes),
		cmocka_unit_test(refuses_a_body),
		cmocka_unit_test(takes_frames_that_came_with_the_request),
		cmocka_unit_test(upgrades_a_request_of_an_http_port),
		cmocka_unit_test(says_whether_an_upgrade_is_asked_for),
		cmocka_unit_test(names_only_a_subprotocol_that_was_offered),
		cmocka_unit_test(adds_the_headers_of_the_application),
	};

	return UNIT_RUN(tests);
}
