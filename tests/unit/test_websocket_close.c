/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "protocols/websocket/close.h"

static bool
registered(unsigned code)
{
	switch (code) {
	case 1004: /* reserved */
	case 1005: /* never on the wire */
	case 1006:
	case 1015:
		return false;
	default:
		return (code >= 1000 && code <= 1014) ||
		    (code >= 3000 && code <= 4999);
	}
}

static void
knows_which_codes_may_travel(void **state)
{
	unsigned code;

	(void)state;
	for (code = 0; code <= 65535; code++)
		assert_int_equal(wm__ws_close_legal(code), registered(code));
}

static void
reads_what_it_builds(void **state)
{
	char frame[WS_CLOSE_MAX], reason[WS_REASON_MAX];
	struct wm_span got;
	unsigned code;
	size_t len, size;

	(void)state;
	memset(reason, 'r', sizeof(reason));
	for (len = 0; len <= sizeof(reason); len++) {
		size = wm__ws_close_build(frame, 4242, reason, len);
		assert_int_equal(size, 4 + len);
		assert_int_equal((unsigned char)frame[0], 0x88);
		assert_int_equal((unsigned char)frame[1], 2 + len);
		assert_int_equal(wm__ws_close_parse(frame + 2, size - 2, &code,
				     &got),
		    0);
		assert_int_equal(code, 4242);
		assert_int_equal(got.len, len);
		assert_memory_equal(got.data, reason, len);
	}
	assert_int_equal(wm__ws_close_build(frame, WS_CODE_NONE, NULL, 0), 2);
	assert_memory_equal(frame, "\x88\x00", 2);
}

static void
tells_bad_close_frames_apart(void **state)
{
	struct wm_span reason;
	unsigned code;

	(void)state;
	assert_int_equal(wm__ws_close_parse("", 0, &code, &reason), 0);
	assert_int_equal(code, WS_CODE_NONE);
	assert_int_equal(reason.len, 0);
	assert_int_equal(wm__ws_close_parse("\x03", 1, &code, &reason),
	    WM_E_PROTOCOL);
	assert_int_equal(wm__ws_close_parse("\x03\xed", 2, &code, &reason),
	    WM_E_PROTOCOL);
	assert_int_equal(wm__ws_close_parse("\x03\xe8\xc3", 3, &code, &reason),
	    WM_E_DATA);
}

static void
has_a_legal_code_or_silence_for_every_reason(void **state)
{
	static const uint16_t codes[WM_CLOSE_REASONS] = {
		[WM_CLOSE_APPLICATION] = 1000,
		[WM_CLOSE_SHUTDOWN] = 1001,
		[WM_CLOSE_PROTOCOL] = 1002,
		[WM_CLOSE_DATA] = 1007,
		[WM_CLOSE_POLICY] = 1008,
		[WM_CLOSE_TIMEOUT] = 1008,
		[WM_CLOSE_TOO_BIG] = 1009,
		[WM_CLOSE_OVERFLOW] = 1009,
		[WM_CLOSE_BUG] = 1011,
		[WM_CLOSE_MEMORY] = 1011,
		[WM_CLOSE_RESTART] = 1012,
		[WM_CLOSE_LIMIT] = 1013,
		[WM_CLOSE_ADDRESS] = 1013,
	};
	unsigned why, code;
	bool await;

	(void)state;
	for (why = 0; why < WM_CLOSE_REASONS; why++) {
		code = wm__ws_close_words((enum wm_close_reason)why, &await);
		assert_int_equal(code, codes[why]);
		assert_true(code == 0 || wm__ws_close_legal(code));
		assert_false(code == 0 && await);
	}
	assert_int_equal(wm__ws_close_words((enum wm_close_reason)999, &await),
	    1011);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_which_codes_may_travel),
		cmocka_unit_test(reads_what_it_builds),
		cmocka_unit_test(tells_bad_close_frames_apart),
		cmocka_unit_test(has_a_legal_code_or_silence_for_every_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
