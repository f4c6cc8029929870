/* SPDX-License-Identifier: MIT */
/*
 * Peers that end in the middle: after every byte of an exchange, of what they
 * send and of what they are sent, by a reset, by the end of their side, and by
 * a close that leaves answers unread. Each connection must end, at once and
 * with one on_close, and the next be served. WM_CUT_STEP=N takes every N-th.
 */
#include <sys/socket.h>

#include <netinet/in.h>
#include <unistd.h>

#include <workerman/http.h>
#include <workerman/websocket.h>

#include "framework/base/log.h"
#include "framework/kit/wire.h"
#include "framework/net/conn.h"
#include "framework/net/listener.h"
#include "tests/support/unit.h"

#define BYTES(literal) literal, sizeof(literal) - 1
#define KEY            "dGhlIHNhbXBsZSBub25jZQ=="
#define MASK           "\0\0\0\0"
#define LINE                                                                   \
	"a line of some length, of which the exchange has several\n"           \
	"\n"                                                                   \
	"\r\n"                                                                 \
	"another one\r\n"

static const struct exchange {
	const struct wm_protocol *protocol;
	const char *url, *data;
	size_t len;
	unsigned messages; /* that it has; 0: who knows */
} exchanges[] = {
	{ &wm_protocol_raw, "tcp://127.0.0.1:0",
	    BYTES(LINE LINE "whatever comes" LINE), 0 },
	{ &wm_protocol_text, "text://127.0.0.1:0", BYTES(LINE LINE LINE), 12 },
	{ &wm_protocol_frame, "frame://127.0.0.1:0",
	    BYTES("\0\0\0\004\0\0\0\005a\0\0\0\044thirty-two bytes are in this "
		  "one"
		  "\0\0\0\010four\0\0\0\044and thirty-two bytes in this one"),
	    5 },
	{ &wm_protocol_http, "http://127.0.0.1:0",
	    BYTES("GET / HTTP/1.1\r\nHost: a\r\nAccept: text/plain\r\n\r\n"
		  "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n"
		  "\r\ntwenty bytes of body"
		  "POST / HTTP/1.1\r\nHost: a\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n"
		  "5\r\nchunk\r\na;x=y\r\nten bytes.\r\n0\r\nT: r\r\n\r\n"
		  "GET /last HTTP/1.1\r\nHost: a\r\n\r\n"),
	    4 },
	{ &wm_protocol_websocket, "websocket://127.0.0.1:0",
	    BYTES("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
		  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		  "Sec-WebSocket-Key: " KEY "\r\n\r\n"
		  "\x81\x85" MASK "hello"
		  "\x89\x84" MASK "ping"
		  "\x01\x83" MASK "a, "
		  "\x8a\x80" MASK "\x00\x83" MASK "b, "
		  "\x80\x85" MASK "and c"
		  "\x82\xfe\0\200" MASK
		  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"
		  "cdef0123456789abcdef0123456789abcdef0123456789abcdef01234567"
		  "89abcdef"
		  "\x88\x82" MASK "\003\350"),
	    3 },
};

enum way { BY_RESET, BY_END, BY_CLOSE, WAYS };

static struct wire *wire;
static struct wm__url url;
static uint64_t visitors;
static unsigned connects, closes, messages;

/* ---- the server ---- */

static void
on_connect(struct wm_conn *c)
{
	(void)c;
	connects++;
}

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	messages++;
	if (wm_conn_protocol(c) == &wm_protocol_http)
		wm_http_respond(c,
		    &(struct wm_http_response){ .status = 200,
			.body = "answer",
			.body_len = 6 });
	else
		wm_conn_send_msg(c, m);
}

static void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)c;
	assert_int_not_equal(reason, WM_CLOSE_BUG);
	closes++;
}

static void
open_server(const struct exchange *x)
{
	const char *why;
	char error[512];
	int fd;

	connects = closes = 0;
	visitors = 0;
	wire = wire_new(x->protocol, NULL,
	    &(struct wm_handlers){ .on_connect = on_connect,
		.on_message = on_message,
		.on_close = on_close });
	assert_int_equal(wm__url_parse(x->url, &url, &why), 0);
	assert_int_equal(wm__listen(&url, 64, 1, &fd, error, sizeof(error)), 0);
	assert_int_equal(wm__listener_add(wire_conn(wire)->service, fd, 0), 0);
	wm__listener_accept(wire_proc(wire));
}

/* ---- the clients ---- */

static int
visit(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&url.address,
			     url.address_len),
	    0);
	visitors++;
	return fd;
}

static bool
all_have_gone(struct wire *w)
{
	struct wm_proc *p = wire_proc(w);

	return wm__counter(&p->counters->accepted) == visitors &&
	    p->conns.count == 1;
}

static size_t wanted, got;
static int reading;

/* As many bytes as are wanted, or the end. */
static bool
has_read(struct wire *w)
{
	char data[4096];
	ssize_t n = 1;

	(void)w;
	while (got < wanted && n > 0) {
		size_t most = wanted - got;

		n = recv(reading, data,
		    most < sizeof(data) ? most : sizeof(data), MSG_DONTWAIT);
		got += n > 0 ? (size_t)n : 0;
	}
	return got >= wanted || n == 0;
}

static void
read_answers(int fd, size_t len)
{
	reading = fd;
	wanted = len;
	got = 0;
	if (len > 0)
		wire_run(wire, has_read);
}

/* Ends it in that way; true: it is closed. */
static void
end(int fd, enum way way)
{
	static const struct linger now = { 1, 0 };

	if (way == BY_RESET)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	if (way == BY_END) {
		shutdown(fd, SHUT_WR);
		wire_run(wire, all_have_gone);
	}
	close(fd);
	if (way != BY_END)
		wire_run(wire, all_have_gone);
}

static void
cut(const struct exchange *x, size_t sent, size_t read_back, enum way way)
{
	int fd = visit();

	if (sent > 0)
		assert_int_equal(send(fd, x->data, sent, MSG_NOSIGNAL), sent);
	read_answers(fd, read_back);
	end(fd, way);
	assert_int_equal(connects - 1, closes); /* but for the wire's own */
}

/* How much the server has to say to all of it. */
static size_t
answers_of(const struct exchange *x)
{
	int fd = visit();

	messages = 0;
	assert_int_equal(send(fd, x->data, x->len, MSG_NOSIGNAL), x->len);
	shutdown(fd, SHUT_WR);
	read_answers(fd, SIZE_MAX);
	close(fd);
	wire_run(wire, all_have_gone);
	if (x->messages > 0)
		assert_int_equal(messages, x->messages);
	return got;
}

static size_t
step(void)
{
	const char *text = getenv("WM_CUT_STEP");
	size_t n = text != NULL ? strtoul(text, NULL, 10) : 1;

	return n > 0 ? n : 1;
}

static void
try_exchange(const struct exchange *x)
{
	size_t answers;

	open_server(x);
	connects += x->protocol->begins_as != NULL; /* the wire's own */
	answers = answers_of(x);
	assert_in_range(answers, x->len / 4, 4 * x->len);
	for (enum way way = 0; way < WAYS; way++) {
		for (size_t i = 0; i <= x->len; i += step())
			cut(x, i, 0, way);
		for (size_t i = 1; i <= answers; i += step())
			cut(x, x->len, i, way);
	}
	assert_int_equal(answers_of(x), answers); /* as in the beginning */
	wire_free(&wire);
}

#define TEST_OF(name, i)                                                       \
	static void name(void **state)                                         \
	{                                                                      \
		(void)state;                                                   \
		try_exchange(&exchanges[i]);                                   \
	}

TEST_OF(raw_bytes_end_anywhere, 0)
TEST_OF(lines_end_anywhere, 1)
TEST_OF(frames_end_anywhere, 2)
TEST_OF(requests_end_anywhere, 3)
TEST_OF(websockets_end_anywhere, 4)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_bytes_end_anywhere),
		cmocka_unit_test(lines_end_anywhere),
		cmocka_unit_test(frames_end_anywhere),
		cmocka_unit_test(requests_end_anywhere),
		cmocka_unit_test(websockets_end_anywhere),
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
