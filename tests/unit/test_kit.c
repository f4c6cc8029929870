/* SPDX-License-Identifier: MIT */
/* The kit of <workerman/protocol-test.h>: it passes the built-in protocols,
   and says what is wrong with others. */
#include <workerman/http.h>
#include <workerman/protocol-test.h>
#include <workerman/websocket.h>

#include "framework/base/log.h"
#include "tests/support/toys.h"
#include "tests/support/unit.h"

static char report[4096];

static int
run(const struct wm_protocol_test *test)
{
	FILE *to = fmemopen(report, sizeof(report), "w");
	int result;

	assert_non_null(to);
	memset(report, 0, sizeof(report));
	result = wm_protocol_test(test, to);
	fclose(to);
	return result;
}

static void
passes(const struct wm_protocol_test *test)
{
	if (run(test) != 0)
		fail_msg("%s", report);
	assert_string_equal(report, "");
}

static void
fails(const struct wm_protocol_test *test, const char *words)
{
	assert_int_equal(run(test), 1);
	if (strstr(report, words) == NULL)
		fail_msg("\"%s\" is not in: %s", words, report);
}

/* ---- moving ---- */

/* Lines, numbered: the number is the state. */
struct count {
	unsigned number;
};

static bool forgets, refuses;

static int
count_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *m)
{
	char *end = memchr(in->data, '\n', in->len);
	static char text[16];

	(void)c;
	if (end == NULL)
		return WM_MORE;
	in->used = (size_t)(end - in->data) + 1;
	m->data = text;
	m->len = (size_t)snprintf(text, sizeof(text), "%u",
	    ++((struct count *)state)->number);
	return WM_MESSAGE;
}

static int
count_freeze(struct wm_conn *c, void *state, struct wm_freezer *f)
{
	(void)c;
	wm_freeze_number(f, forgets ? 0 : ((struct count *)state)->number);
	return 0;
}

static int
count_thaw(struct wm_conn *c, void *state, unsigned version,
    struct wm_thawer *t)
{
	(void)c;
	((struct count *)state)->number = (unsigned)wm_thaw_number(t);
	return refuses || version != 3 ? WM_E_PROTOCOL : 0;
}

static const struct wm_protocol counting = {
	.name = "counting",
	.abi = WM_PROTOCOL_ABI,
	.state_version = 3,
	.state_size = sizeof(struct count),
	.overhead = 1,
	.decode = count_decode,
	.freeze = count_freeze,
	.thaw = count_thaw,
};

static const struct wm_test_sample counted[] = {
	{ .name = "lines",
	    WM_TEST_INPUT("a\nb\nc\n"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("1") },
		{ WM_TEST_DATA("2") }, { WM_TEST_DATA("3") }) },
	{ 0 },
};

static void
moves_a_protocol_that_keeps_its_state(void **state)
{
	const struct wm_protocol_test test = { .protocol = &counting,
		.samples = counted };
	struct wm_protocol lasting = counting;

	(void)state;
	forgets = refuses = false;
	passes(&test);
	forgets = true;
	fails(&test, "moved at byte 2");
	forgets = false;
	refuses = true;
	fails(&test, "thaw refuses what freeze has written");
	refuses = false;
	lasting.freeze = NULL; /* nothing to be checked */
	lasting.thaw = NULL;
	passes(&(struct wm_protocol_test){ .protocol = &lasting,
	    .samples = counted });
}

/* ---- the built-in protocols ---- */

static const struct wm_test_sample raw_samples[] = {
	{ .name = "bytes",
	    WM_TEST_INPUT("one\0two\xff"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("one\0two\xff") }),
	    .joined = true,
	    WM_TEST_OUTPUT("one\0two\xff") },
	{ .name = "their end",
	    WM_TEST_INPUT("x"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("x") }),
	    .joined = true,
	    .eof = true,
	    .closes = true,
	    .reason = WM_CLOSE_PEER },
	{ 0 },
};

static const struct wm_test_sample text_samples[] = {
	{ .name = "lines",
	    WM_TEST_INPUT("hello\r\n\na\rb\n\0z\n"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("hello") },
		{ WM_TEST_DATA("") }, { WM_TEST_DATA("a\rb") },
		{ WM_TEST_DATA("\0z") }),
	    WM_TEST_OUTPUT("hello\n\na\rb\n\0z\n") },
	{ .name = "no end",
	    WM_TEST_INPUT("a\nbc"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("a") }),
	    .eof = true,
	    .closes = true,
	    .reason = WM_CLOSE_PEER },
	{ .name = "one more",
	    WM_TEST_INPUT("x\n"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("x") }),
	    WM_TEST_OUTPUT("x\n") },
	{ 0 },
};

static const struct wm_test_sample frame_samples[] = {
	{ .name = "frames",
	    WM_TEST_INPUT("\0\0\0\11hello\0\0\0\4\0\0\0\10\0\0\0\4"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("hello") },
		{ WM_TEST_DATA("") }, { WM_TEST_DATA("\0\0\0\4") }),
	    WM_TEST_OUTPUT("\0\0\0\11hello\0\0\0\4\0\0\0\10\0\0\0\4") },
	{ .name = "a length that does not count itself",
	    WM_TEST_INPUT("\0\0\0\5x\0\0\0\3abc"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("x") }),
	    .closes = true,
	    .reason = WM_CLOSE_PROTOCOL },
	{ .name = "more",
	    WM_TEST_INPUT("\0\0\0\6ab"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("ab") }),
	    WM_TEST_OUTPUT("\0\0\0\6ab") },
	{ 0 },
};

static void
passes_raw_text_and_frame(void **state)
{
	(void)state;
	passes(&(struct wm_protocol_test){ .protocol = &wm_protocol_raw,
	    .samples = raw_samples,
	    .echo = true });
	passes(&(struct wm_protocol_test){ .protocol = &wm_protocol_text,
	    .samples = text_samples,
	    .echo = true });
	passes(&(struct wm_protocol_test){ .protocol = &wm_protocol_frame,
	    .samples = frame_samples,
	    .echo = true });
}

#define HTTP_GET  "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
#define HTTP_POST "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"
#define HTTP_CHUNKED                                                           \
	"POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

static const struct wm_test_sample http_samples[] = {
	{ .name = "no body",
	    WM_TEST_INPUT(HTTP_GET),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("") }) },
	{ .name = "a body of known length",
	    WM_TEST_INPUT(HTTP_POST "hello"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("hello") }) },
	{ .name = "a body in chunks",
	    WM_TEST_INPUT(HTTP_CHUNKED "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("abcde") }) },
	{ .name = "a line that ends with CR",
	    WM_TEST_INPUT("GET / HTTP/1.1\rHost: h\r\n\r\n"),
	    .closes = true,
	    .reason = WM_CLOSE_PROTOCOL },
	{ 0 },
};

static void
passes_http(void **state)
{
	(void)state;
	passes(&(struct wm_protocol_test){ .protocol = &wm_protocol_http,
	    .samples = http_samples,
	    .echo = true });
}

static const char opening[] = "GET /chat HTTP/1.1\r\nHost: h\r\n"
			      "Upgrade: websocket\r\nConnection: Upgrade\r\n"
			      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			      "Sec-WebSocket-Version: 13\r\n\r\n";

/* Frames of a client whose mask is 0. */
#define MASK "\0\0\0\0"
#define TEXT (WM_MSG_WHOLE | WM_WEBSOCKET_TEXT)

static const struct wm_test_sample websocket_samples[] = {
	{ .name = "text",
	    WM_TEST_INPUT("\x81\x85" MASK "hello"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("hello"), TEXT }),
	    WM_TEST_OUTPUT("\x81\x05hello") },
	{ .name = "fragments around a ping",
	    WM_TEST_INPUT(
		"\x01\x82" MASK "he\x89\x81" MASK "p\x80\x83" MASK "llo"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("hello"), TEXT }),
	    WM_TEST_OUTPUT("\x8a\x01p\x81\x05hello") },
	{ .name = "no mask",
	    WM_TEST_INPUT("\x81\x01x"),
	    WM_TEST_OUTPUT("\x88\x02\x03\xea"),
	    .eof = true,
	    .closes = true,
	    .reason = WM_CLOSE_PROTOCOL },
	{ .name = "close",
	    WM_TEST_INPUT("\x88\x82" MASK "\x03\xe8"),
	    WM_TEST_OUTPUT("\x88\x02\x03\xe8"),
	    .closes = true,
	    .reason = WM_CLOSE_PEER },
	{ 0 },
};

static void
passes_websocket(void **state)
{
	(void)state;
	passes(&(struct wm_protocol_test){ .protocol = &wm_protocol_websocket,
	    .samples = websocket_samples,
	    .echo = true,
	    .before = opening,
	    .before_len = sizeof(opening) - 1 });
}

/* ---- what it finds ---- */

static const struct wm_test_sample ab[] = {
	{ WM_TEST_INPUT("\0\2ab"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("ab") }),
	    WM_TEST_OUTPUT("\0\2ab") },
	{ 0 },
};

/* A message behind its length in two bytes; `fault` is what it does wrong. */
static enum {
	NO_FAULT,
	LOOKS_TOO_FAR, /* takes the head before all of it is there */
	FORGETS_FLAGS, /* delivers no whole message */
	WANTS_TOO_LITTLE,
	GUESSES_AT_EOF, /* delivers what has come */
	COUNTS_READS,   /* behaves according to how the bytes arrived */
	DROPS_THE_REST  /* uses all that has come */
} fault;

static int
faulty_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	const unsigned char *p = (const unsigned char *)in->data;
	unsigned *calls = state;
	size_t len = 0;

	(void)c;
	++*calls;
	if (in->len >= 2)
		len = (size_t)p[0] << 8 | p[1];
	else if (fault == LOOKS_TOO_FAR)
		len = 1;
	else
		return WM_MORE;
	if (fault == COUNTS_READS && len > 9 && *calls > 1)
		return WM_E_DATA;
	if (in->len < len + 2 &&
	    !(fault == GUESSES_AT_EOF && in->flags & WM_IN_EOF)) {
		in->need = fault == WANTS_TOO_LITTLE ? len : len + 2;
		return WM_MORE;
	}
	msg->data = in->data + 2;
	msg->len = in->len < len + 2 ? in->len - 2 : len;
	in->used = fault == DROPS_THE_REST ? in->len : msg->len + 2;
	if (fault == FORGETS_FLAGS)
		msg->flags = 0;
	return WM_MESSAGE;
}

static int
faulty_encode(struct wm_conn *c, void *state, const struct wm_msg *msg,
    struct wm_buf *out)
{
	(void)c, (void)state;
	wm_buf_put(out, &(char){ (char)(msg->len >> 8) }, 1);
	wm_buf_put(out, &(char){ (char)msg->len }, 1);
	wm_buf_put(out, msg->data, msg->len);
	return 0;
}

static struct wm_protocol faulty = {
	.name = "faulty",
	.abi = WM_PROTOCOL_ABI,
	.state_size = sizeof(unsigned),
	.overhead = 2,
	.decode = faulty_decode,
	.encode = faulty_encode,
};

static void
finds(int what, const struct wm_test_sample *samples, const char *words)
{
	fault = what;
	fails(&(struct wm_protocol_test){ .protocol = &faulty,
		  .samples = samples,
		  .echo = true },
	    words);
	fault = NO_FAULT;
}

static void
finds_what_depends_on_how_bytes_arrive(void **state)
{
	const struct wm_test_sample twice[] = {
		{ WM_TEST_INPUT("\0\2ab"),
		    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("ab") }) },
		{ WM_TEST_INPUT("\0\1c"),
		    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("c") }) },
		{ 0 },
	};

	(void)state;
	passes(&(struct wm_protocol_test){ .protocol = &faulty,
	    .samples = ab,
	    .echo = true });
	finds(FORGETS_FLAGS, ab, "sample 0, fed whole: message 0 has flags");
	finds(WANTS_TOO_LITTLE, ab, "fed byte by byte: the protocol broke");
	finds(GUESSES_AT_EOF, ab, "cut off at byte 2: message 0 differs");
	finds(COUNTS_READS, ab, "damaged at byte 0");
	finds(DROPS_THE_REST, twice, "all samples in a row, fed whole");
}

static void
finds_an_overhead_that_is_too_small(void **state)
{
	(void)state;
	faulty.overhead = 1;
	finds(NO_FAULT, ab,
	    "limits.message the longest, fed byte by byte: "
	    "message 0 is missing");
	faulty.overhead = 2;
}

static void
finds_every_toy_that_breaks_the_contract(void **state)
{
	static const struct wm_protocol *const toys[] = { &toy_idle, &toy_empty,
		&toy_forgetful, &toy_overdrawn, &toy_inflating, &toy_nibbler,
		&toy_babbler };
	const struct wm_test_sample any[] = { { WM_TEST_INPUT("a") }, { 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(toys) / sizeof(*toys); i++)
		for (unsigned way = 1; way < WM_TEST_ALL; way <<= 1)
			if (way &
			    (WM_TEST_WHOLE | WM_TEST_BYTES | WM_TEST_DAMAGED |
				WM_TEST_OVERSIZED))
				fails(&(struct wm_protocol_test){ .protocol =
								      toys[i],
					  .samples = any,
					  .ways = way },
				    "the protocol broke its contract");
}

static void
shows_the_bytes_in_question(void **state)
{
	const struct wm_test_sample wrong[] = {
		{ .name = "greeting",
		    WM_TEST_INPUT("hello\n"),
		    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("help") }) },
		{ 0 },
	};

	(void)state;
	assert_int_equal(run(&(struct wm_protocol_test){ .protocol =
							     &wm_protocol_text,
			     .samples = wrong }),
	    1);
	assert_string_equal(report,
	    "text: sample 0 (greeting), fed whole: message 0 differs at byte 3"
	    "\n  expected, 4 bytes:\n"
	    "    000000  68 65 6c 70                                      "
	    "|help|\n"
	    "  came, 5 bytes:\n"
	    "    000000  68 65 6c 6c 6f                                   "
	    "|hello|\n"
	    "  input, 6 bytes:\n"
	    "    000000  68 65 6c 6c 6f 0a                                "
	    "|hello.|\n");
}

static void
fails_without_samples(void **state)
{
	const struct wm_test_sample none[] = { { 0 } };

	(void)state;
	fails(&(struct wm_protocol_test){ .protocol = &faulty }, "no samples");
	fails(&(struct wm_protocol_test){ .protocol = &faulty,
		  .samples = none },
	    "no samples");
}

static void
finds_what_is_wrong_with_a_sample(void **state)
{
	const struct wm_test_sample missing[] = {
		{ WM_TEST_INPUT("a\n"),
		    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("a") },
			{ WM_TEST_DATA("b") }) },
		{ 0 },
	};
	const struct wm_test_sample extra[] = {
		{ WM_TEST_INPUT("a\nb\n"),
		    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("a") }) },
		{ 0 },
	};
	const struct wm_test_sample output[] = {
		{ WM_TEST_INPUT("a\n"),
		    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("a") }),
		    WM_TEST_OUTPUT("b\n") },
		{ 0 },
	};
	const struct wm_test_sample closed[] = {
		{ WM_TEST_INPUT("a"), .closes = true },
		{ 0 },
	};
	struct wm_protocol_test test = { .protocol = &wm_protocol_text,
		.echo = true };

	(void)state;
	test.samples = missing;
	fails(&test, "message 1 is missing");
	test.samples = extra;
	fails(&test, "a message that is not expected");
	test.samples = output;
	fails(&test, "the output differs at byte 0");
	test.samples = closed;
	fails(&test, "the end is \"open\" instead of \"peer\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves_a_protocol_that_keeps_its_state),
		cmocka_unit_test(passes_raw_text_and_frame),
		cmocka_unit_test(passes_http),
		cmocka_unit_test(passes_websocket),
		cmocka_unit_test(finds_what_depends_on_how_bytes_arrive),
		cmocka_unit_test(finds_an_overhead_that_is_too_small),
		cmocka_unit_test(finds_every_toy_that_breaks_the_contract),
		cmocka_unit_test(shows_the_bytes_in_question),
		cmocka_unit_test(fails_without_samples),
		cmocka_unit_test(finds_what_is_wrong_with_a_sample),
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
