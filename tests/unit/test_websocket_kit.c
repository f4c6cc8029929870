/* SPDX-License-Identifier: MIT */
/*
 * The protocol under the kit that applications use for theirs: damaged and
 * truncated frames, limits to the byte, endless input; as it is and with
 * permessage-deflate.
 */
#include <workerman/protocol-test.h>
#include <workerman/websocket.h>

#include "tests/support/unit.h"

#define OPENING                                                                \
	"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"                  \
	"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"                 \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define DEFLATE "Sec-WebSocket-Extensions: permessage-deflate\r\n"
#define MASK    "\0\0\0\0"
#define TEXT    (WM_MSG_WHOLE | WM_WEBSOCKET_TEXT)
#define BINARY  (WM_MSG_WHOLE | WM_WEBSOCKET_BINARY)

static const struct wm_test_sample samples[] = {
	{ .name = "text",
	    WM_TEST_INPUT("\x81\x85" MASK "hello"),
	    .messages =
		WM_TEST_MESSAGES({ WM_TEST_DATA("hello"), .flags = TEXT }) },
	{ .name = "binary",
	    WM_TEST_INPUT("\x82\x82" MASK "\x00\xff"),
	    .messages = WM_TEST_MESSAGES(
		{ WM_TEST_DATA("\x00\xff"), .flags = BINARY }) },
	{ .name = "fragments around a ping",
	    WM_TEST_INPUT("\x01\x83" MASK "hel\x89\x81" MASK "p\x00\x80" MASK
			  "\x80\x82" MASK "lo"),
	    .messages =
		WM_TEST_MESSAGES({ WM_TEST_DATA("hello"), .flags = TEXT }),
	    WM_TEST_OUTPUT("\x8a\x01p") },
	{ .name = "close",
	    WM_TEST_INPUT("\x88\x82" MASK "\x03\xe8"),
	    WM_TEST_OUTPUT("\x88\x02\x03\xe8"),
	    .closes = true,
	    .reason = WM_CLOSE_PEER },
	{ .name = "not UTF-8",
	    WM_TEST_INPUT("\x81\x81" MASK "\xff"),
	    WM_TEST_OUTPUT("\x88\x02\x03\xef"),
	    .closes = true,
	    .reason = WM_CLOSE_DATA },
	{ 0 },
};

static const struct wm_test_sample packed[] = {
	{ .name = "compressed",
	    WM_TEST_INPUT("\xc1\x87" MASK "\xf2\x48\xcd\xc9\xc9\x07\x00"),
	    .messages =
		WM_TEST_MESSAGES({ WM_TEST_DATA("Hello"), .flags = TEXT }) },
	{ .name = "in fragments around a ping",
	    WM_TEST_INPUT("\x42\x83" MASK "\xf2\x48\xcd\x89\x80" MASK
			  "\x80\x84" MASK "\xc9\xc9\x07\x00"),
	    .messages =
		WM_TEST_MESSAGES({ WM_TEST_DATA("Hello"), .flags = BINARY }),
	    WM_TEST_OUTPUT("\x8a\x00") },
	{ .name = "as it is",
	    WM_TEST_INPUT("\x81\x85" MASK "hello"),
	    .messages =
		WM_TEST_MESSAGES({ WM_TEST_DATA("hello"), .flags = TEXT }) },
	{ .name = "no DEFLATE",
	    WM_TEST_INPUT("\xc1\x81" MASK "\x07"),
	    WM_TEST_OUTPUT("\x88\x02\x03\xef"),
	    .closes = true,
	    .reason = WM_CLOSE_DATA },
	{ 0 },
};

static const struct wm_websocket_options options = {
	.deflate = { .on = true, .client_takeover = true }
};
static const struct wm_http_options http = { .websocket = &options };

static void
keeps_the_decoder_s_contract(void **state)
{
	(void)state;
	assert_int_equal(wm_protocol_test(
			     &(struct wm_protocol_test){
				 .protocol = &wm_protocol_websocket,
				 .samples = samples,
				 .before = OPENING "\r\n",
				 .before_len = sizeof(OPENING "\r\n") - 1 },
			     stderr),
	    0);
}

static void
keeps_it_with_compression(void **state)
{
	(void)state;
	assert_int_equal(
	    wm_protocol_test(
		&(struct wm_protocol_test){ .protocol = &wm_protocol_websocket,
		    .samples = packed,
		    .options = &http,
		    .before = OPENING DEFLATE "\r\n",
		    .before_len = sizeof(OPENING DEFLATE "\r\n") - 1 },
		stderr),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_decoder_s_contract),
		cmocka_unit_test(keeps_it_with_compression),
	};

	return UNIT_RUN(tests);
}
