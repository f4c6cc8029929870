/* SPDX-License-Identifier: MIT */
/*
 * What a listener's options do to its handshakes: handshake.c, state.c.
 */
#include "tests/support/unit.h"
#include "tests/support/ws_case.h"

static struct wm_websocket_options options;

/* The answer to the opening with these fields more; valid until the next
   call. `begins` is the protocol that the port speaks at first. */
static const char *
ask_on(const struct wm_protocol *begins, const struct wm_handlers *h,
    const char *fields)
{
	static const struct wm_http_options http = { .websocket = &options };
	static char text[2000];
	struct wire *w;
	size_t len;

	w = wire_open_how(&(struct wire_how){ .protocol = begins,
	    .handlers = h,
	    .options = &http });
	wire_feed(w, ws_opening, strlen(ws_opening) - 2);
	wire_feed(w, fields, strlen(fields));
	ws_feed(w, "\r\n", 2);
	len = wire_output(w).len;
	assert_true(len < sizeof(text));
	memcpy(text, wire_output(w).data, len);
	text[len] = '\0';
	wire_free(&w);
	return text;
}

static const char *
ask(const char *fields)
{
	return ask_on(&wm_protocol_websocket, NULL, fields);
}

static void
assert_begins(const char *text, const char *with)
{
	if (strncmp(text, with, strlen(with)) != 0)
		fail_msg("%s does not begin with %s", text, with);
}

/* RFC 6455 section 10.2 */
static void
lets_in_the_origins_on_the_list(void **state)
{
	static const char *const origins[] = { "https://a.example",
		"http://b.example:8080", NULL };
	static const char *const bad[] = { "Origin: https://c.example\r\n",
		"Origin: http://a.example\r\n",
		"Origin: https://a.example:443\r\n",
		"Origin: https://a.example.evil\r\n",
		"Origin: https://a.exampl\r\n", "Origin: null\r\n",
		"Origin:\r\n",
		"Origin: https://a.example\r\nOrigin: https://a.example\r\n" };
	size_t i;

	(void)state;
	options = (struct wm_websocket_options){ .origins = origins };
	assert_begins(ask("Origin: https://a.example\r\n"), "HTTP/1.1 101");
	assert_begins(ask("Origin: http://b.example:8080\r\n"), "HTTP/1.1 101");
	assert_begins(ask(""), "HTTP/1.1 101");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_begins(ask(bad[i]), "HTTP/1.1 403");
	options.origins = NULL;
	assert_begins(ask(bad[0]), "HTTP/1.1 101");
}

/* RFC 6455 section 4.2.2, 5.5 */
static void
chooses_the_best_subprotocol_that_is_offered(void **state)
{
	static const char *const protocols[] = { "v2", "v1", NULL };

	(void)state;
	options = (struct wm_websocket_options){ .protocols = protocols };
	assert_non_null(strstr(ask("Sec-WebSocket-Protocol: v1, v2\r\n"),
	    "\r\nSec-WebSocket-Protocol: v2\r\n"));
	assert_non_null(strstr(ask("Sec-WebSocket-Protocol: v0\r\n"
				   "Sec-WebSocket-Protocol: x, v1\r\n"),
	    "\r\nSec-WebSocket-Protocol: v1\r\n"));
	assert_null(strstr(ask("Sec-WebSocket-Protocol: v3\r\n"),
	    "Sec-WebSocket-Protocol"));
	assert_null(strstr(ask(""), "Sec-WebSocket-Protocol"));
}

/* RFC 7692 section 5.1 */
static void
answers_offers_in_any_number_of_fields(void **state)
{
	(void)state;
	options = (struct wm_websocket_options){ .deflate = { .on = true } };
	assert_non_null(
	    strstr(ask("Sec-WebSocket-Extensions: x-frame\r\n"
		       "Sec-WebSocket-Extensions: permessage-deflate\r\n"),
		"\r\nSec-WebSocket-Extensions: permessage-deflate; "
		"server_no_context_takeover; client_no_context_takeover\r\n"));
	assert_null(strstr(ask("Sec-WebSocket-Extensions: x-frame\r\n"),
	    "Sec-WebSocket-Extensions"));
	assert_begins(ask("Sec-WebSocket-Extensions: permessage-deflate;\r\n"),
	    "HTTP/1.1 400");
	options.deflate.on = false;
	assert_null(
	    strstr(ask("Sec-WebSocket-Extensions: permessage-deflate\r\n"),
		"Sec-WebSocket-Extensions"));
}

static const char *chosen;

static void
judge(struct wm_conn *c, const struct wm_msg *m)
{
	static const char *const protocols[] = { "x", "y", NULL };
	static const struct wm_http_header more[] = { { "X-More", "1" },
		{ NULL, NULL } };
	const struct wm_http_request *r = wm_http_request(m);

	if (wm_http_header(r, "X-Token").len == 0) {
		wm_http_error(c, 401, "Who are you?");
		return;
	}
	chosen = wm_websocket_choose(m, protocols);
	wm_websocket_accept(c, m,
	    &(struct wm_websocket_accept){ .protocol = chosen,
		.headers = more });
}

static void
lets_the_application_judge_on_a_port_of_its_own(void **state)
{
	const char *answer;

	(void)state;
	options = (struct wm_websocket_options){ .on_request = judge };
	assert_begins(ask(""), "HTTP/1.1 401");
	answer = ask("X-Token: t\r\nSec-WebSocket-Protocol: y\r\n");
	assert_begins(answer, "HTTP/1.1 101");
	assert_non_null(strstr(answer, "\r\nX-More: 1\r\n"));
	assert_non_null(strstr(answer, "\r\nSec-WebSocket-Protocol: y\r\n"));
	assert_string_equal(chosen, "y");
}

static void
ignore(struct wm_conn *c, const struct wm_msg *m)
{
	(void)c;
	assert_non_null(wm_http_request(m));
}

static void
answers_500_where_the_application_says_nothing(void **state)
{
	(void)state;
	options = (struct wm_websocket_options){ .on_request = ignore };
	assert_begins(ask(""), "HTTP/1.1 500");
}

static void
accept_it(struct wm_conn *c, const struct wm_msg *m)
{
	wm_websocket_accept(c, m, NULL);
}

static void
serves_an_upgrade_on_an_http_port_alike(void **state)
{
	static const char *const origins[] = { "https://a.example", NULL };
	static const char *const protocols[] = { "v1", NULL };
	static const struct wm_handlers h = { .on_message = accept_it };
	const char *answer;

	(void)state;
	options = (struct wm_websocket_options){ .deflate = { .on = true },
		.origins = origins,
		.protocols = protocols };
	assert_begins(ask_on(&wm_protocol_http, &h, "Origin: null\r\n"),
	    "HTTP/1.1 403");
	answer = ask_on(&wm_protocol_http, &h,
	    "Sec-WebSocket-Protocol: v1\r\n"
	    "Sec-WebSocket-Extensions: permessage-deflate\r\n");
	assert_begins(answer, "HTTP/1.1 101");
	assert_non_null(strstr(answer, "\r\nSec-WebSocket-Protocol: v1\r\n"));
	assert_non_null(strstr(answer, "permessage-deflate"));
}

static void
says_whether_messages_are_compressed(void **state)
{
	struct wire *w;

	(void)state;
	options = (struct wm_websocket_options){ .deflate = { .on = true } };
	ws_use(&options, "permessage-deflate");
	w = ws_open(NULL, NULL);
	assert_true(wm_websocket_deflated(wire_conn(w)));
	wire_free(&w);
	ws_use(&options, NULL);
	w = ws_open(NULL, NULL);
	assert_false(wm_websocket_deflated(wire_conn(w)));
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lets_in_the_origins_on_the_list),
		cmocka_unit_test(chooses_the_best_subprotocol_that_is_offered),
		cmocka_unit_test(answers_offers_in_any_number_of_fields),
		cmocka_unit_test(
		    lets_the_application_judge_on_a_port_of_its_own),
		cmocka_unit_test(
		    answers_500_where_the_application_says_nothing),
		cmocka_unit_test(serves_an_upgrade_on_an_http_port_alike),
		cmocka_unit_test(says_whether_messages_are_compressed),
	};

	return UNIT_RUN(tests);
}
