/* SPDX-License-Identifier: MIT */
#include <workerman/error.h>

#include "tests/support/unit.h"
#include "tests/support/ws_case.h"
#include "protocols/websocket/reader.h"

static void
read_one(size_t len)
{
	struct wm_buf b = WM_BUF_INIT;
	struct wm__ws_frame f;
	char *in = malloc(len + 1), *out = malloc(len + 1), *exact;
	size_t i;

	assert_non_null(in);
	assert_non_null(out);
	for (i = 0; i < len; i++)
		in[i] = (char)(i * 31 + i / 256);
	ws_put(&b, 0x82, in, len);
	exact = malloc(b.len);
	assert_non_null(exact);
	memcpy(exact, b.data, b.len);
	assert_int_equal(wm__ws_frame_parse(exact, b.len, false, &f), 1);
	assert_int_equal(wm__ws_read(exact, &f, out), 0);
	assert_memory_equal(in, out, len);
	free(exact);
	free(in);
	free(out);
	wm_buf_fini(&b);
}

static void
reads_frames_of_every_size_around_its_buffer(void **state)
{
	size_t len;

	(void)state;
	for (len = 0; len < 300; len++)
		read_one(len);
	for (len = 4080; len < 4110; len++)
		read_one(len);
	for (len = 8180; len < 8200; len++)
		read_one(len);
	read_one(65535);
	read_one(65536);
	read_one(1 << 20);
}

static void
refuses_a_frame_that_is_not_the_judged_one(void **state)
{
	struct wm__ws_frame f = { 4, 6, WS_BINARY, true, false };
	char out[16];

	(void)state;
	assert_int_equal(wm__ws_read("\x82\x84"
				     "1234"
				     "abcd",
			     &f, out),
	    0);
	assert_int_equal(wm__ws_read("\x81\x84"
				     "1234"
				     "abcd",
			     &f, out),
	    WM_E_PROTOCOL);
	assert_int_equal(wm__ws_read("\x02\x84"
				     "1234"
				     "abcd",
			     &f, out),
	    WM_E_PROTOCOL);
	assert_int_equal(wm__ws_read("\xc2\x84"
				     "1234"
				     "abcd",
			     &f, out),
	    WM_E_PROTOCOL);
	assert_int_equal(wm__ws_read("\x82\x85"
				     "1234"
				     "abcd",
			     &f, out),
	    WM_E_PROTOCOL);
	assert_int_equal(wm__ws_read("\x82\x83"
				     "1234"
				     "abcd",
			     &f, out),
	    WM_E_PROTOCOL);
	assert_int_equal(wm__ws_read("\x89\xfe"
				     "1234"
				     "abcd",
			     &f, out),
	    WM_E_PROTOCOL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_frames_of_every_size_around_its_buffer),
		cmocka_unit_test(refuses_a_frame_that_is_not_the_judged_one),
	};

	return UNIT_RUN(tests);
}
