/* SPDX-License-Identifier: MIT */
#include <workerman/channel.h>
#include <workerman/error.h>

#include "framework/channel/record.h"
#include "tests/support/unit.h"

static void
reads_what_it_wrote(void **state)
{
	struct wm__record in[] = { { "a", "hello", 5, 0 },
		{ "room/1", "", 0, 0x10000 }, { "b", "\0\n\0", 3, 3 } };
	struct wm__record out;
	struct wm_buf b = WM_BUF_INIT;
	size_t pos = 0, size = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		wm__record_put(&b, &in[i]);
		size += wm__record_size(&in[i]);
	}
	assert_int_equal(b.len, size);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(wm__record_get(b.data, b.len, &pos, &out), 1);
		assert_string_equal(out.topic, in[i].topic);
		assert_int_equal(out.len, in[i].len);
		assert_memory_equal(out.data, in[i].data, in[i].len);
		assert_int_equal(out.flags, in[i].flags);
	}
	assert_int_equal(wm__record_get(b.data, b.len, &pos, &out), 0);
	wm_buf_fini(&b);
}

/* Cut anywhere, and any byte of the head changed: an error or a record that
   lies within the packet, nothing else. */
static void
survives_packets_that_are_no_records(void **state)
{
	struct wm__record r = { "topic", "some data", 9, 1 }, out;
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	wm__record_put(&b, &r);
	for (size_t len = 0; len < b.len; len++) {
		char *cut = malloc(len + 1);
		size_t pos = 0;

		assert_non_null(cut);
		memcpy(cut, b.data, len);
		assert_int_equal(wm__record_get(cut, len, &pos, &out),
		    len == 0 ? 0 : WM_E_PROTOCOL);
		free(cut);
	}
	for (size_t i = 0; i < b.len * 256; i++) {
		char *bad = malloc(b.len);
		size_t pos = 0;

		assert_non_null(bad);
		memcpy(bad, b.data, b.len);
		bad[i / 256] = (char)(i % 256);
		if (wm__record_get(bad, b.len, &pos, &out) == 1) {
			assert_true(out.topic >= bad &&
			    out.data + out.len <= bad + b.len);
			assert_true(strlen(out.topic) <= WM_TOPIC_MAX);
		}
		free(bad);
	}
	wm_buf_fini(&b);
}

static void
refuses_an_empty_topic(void **state)
{
	struct wm__record r = { "", "x", 1, 0 }, out;
	struct wm_buf b = WM_BUF_INIT;
	size_t pos = 0;

	(void)state;
	wm__record_put(&b, &r);
	assert_int_equal(wm__record_get(b.data, b.len, &pos, &out),
	    WM_E_PROTOCOL);
	wm_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(survives_packets_that_are_no_records),
		cmocka_unit_test(refuses_an_empty_topic),
	};

	return UNIT_RUN(tests);
}
