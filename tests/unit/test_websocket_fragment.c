/* SPDX-License-Identifier: MIT */
#include "tests/support/unit.h"
#include "tests/support/ws_case.h"

#define BAD_PROTOCOL "closed protocol 1006 \nsent 88 02 03 ea\n"
#define BAD_DATA     "closed data 1006 \nsent 88 02 03 ef\n"
#define TOO_MANY     "closed policy 1006 \nsent 88 02 03 f0\n"
#define TOO_BIG      "closed too-big 1006 \nsent 88 02 03 f1\n"

static void
puts_fragments_together(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x01, "one ", 4);
	ws_put(&b, 0x00, "two ", 4);
	ws_put(&b, 0x00, "", 0);
	ws_put(&b, 0x80, "three", 5);
	ws_put(&b, 0x81, "next", 4);
	ws_put(&b, 0x02, "", 0);
	ws_put(&b, 0x80, "", 0);
	ws_put(&b, 0x02, "a", 1);
	ws_put(&b, 0x80, "b", 1);
	ws_check(&b, NULL,
	    "text[13] one two three\ntext[4] next\n"
	    "binary[0] \nbinary[2] ab\nopen\n");
}

static void
answers_control_frames_between_fragments(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x01, "he", 2);
	ws_put(&b, 0x89, "p", 1);
	ws_put(&b, 0x00, "l", 1);
	ws_put(&b, 0x8a, "q", 1);
	ws_put(&b, 0x89, "", 0);
	ws_put(&b, 0x80, "lo", 2);
	ws_check(&b, NULL, "text[5] hello\nsent 8a 01 70 8a 00\nopen\n");
}

static void
refuses_an_orphan_continuation(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x80, "x", 1);
	ws_check(&b, NULL, BAD_PROTOCOL);
	ws_put(&b, 0x00, "x", 1);
	ws_check(&b, NULL, BAD_PROTOCOL);
	ws_put(&b, 0x01, "a", 1);
	ws_put(&b, 0x80, "b", 1);
	ws_put(&b, 0x80, "c", 1);
	ws_check(&b, NULL, "text[2] ab\n" BAD_PROTOCOL);
}

static void
refuses_a_new_message_inside_another(void **state)
{
	static const unsigned char begin[] = { 0x01, 0x02, 0x81, 0x82 };
	struct wm_buf b = WM_BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(begin); i++) {
		ws_put(&b, 0x01, "a", 1);
		ws_put(&b, begin[i], "b", 1);
		ws_check(&b, NULL, BAD_PROTOCOL);
	}
}

static void
takes_as_many_fragments_as_the_limit_says(void **state)
{
	static const struct wm_limits limits = { .fragments = 4 };
	struct wm_buf b = WM_BUF_INIT;
	unsigned i, round;

	(void)state;
	for (round = 0; round < 2; round++)
		for (i = 0; i < 4; i++)
			ws_put(&b, (i == 0 ? 1u : 0) | (i == 3 ? 0x80u : 0),
			    "a", 1);
	ws_check(&b, &limits, "text[4] aaaa\ntext[4] aaaa\nopen\n");
	for (i = 0; i < 5; i++)
		ws_put(&b, (i == 0 ? 1u : 0) | (i == 4 ? 0x80u : 0), "a", 1);
	ws_check(&b, &limits, TOO_MANY);
}

static void
ends_a_flood_of_empty_continuations(void **state)
{
	struct wire *w = ws_open(NULL, &ws_scribe);
	struct wm_buf b = WM_BUF_INIT;
	size_t n = 0;

	(void)state;
	ws_put(&b, 0x01, "", 0);
	ws_feed(w, b.data, b.len);
	b.len = 0;
	ws_put(&b, 0x00, "", 0);
	while (!wire_is_closed(w)) {
		ws_feed(w, b.data, b.len);
		n++;
	}
	assert_int_equal(n, 16384);
	assert_int_equal(wire_reason(w), WM_CLOSE_POLICY);
	wm_buf_fini(&b);
	wire_free(&w);
}

static void
limits_the_whole_message(void **state)
{
	static const struct wm_limits limits = { .message = 10 };
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x02, "12345", 5);
	ws_put(&b, 0x80, "67890", 5);
	ws_check(&b, &limits, "binary[10] 1234567890\nopen\n");
	ws_put(&b, 0x02, "12345", 5);
	ws_put(&b, 0x80, "678901", 6);
	b.len -= 6; /* the header is enough */
	ws_check(&b, &limits, TOO_BIG);
	ws_put(&b, 0x02, "12345", 5);
	wm_buf_put(&b, "\x80\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10);
	ws_check(&b, &limits, TOO_BIG);
}

static void
checks_utf8_across_fragments(void **state)
{
	static const char text[] = "\xce\xba\xe1\xbd\xb9\xf0\x9f\x98\x80!";
	struct wm_buf b = WM_BUF_INIT;
	size_t i, j, len = sizeof(text) - 1;

	(void)state;
	for (i = 0; i <= len; i++)
		for (j = i; j <= len; j++) {
			ws_put(&b, 0x01, text, i);
			ws_put(&b, 0x00, text + i, j - i);
			ws_put(&b, 0x89, "\xff", 1);
			ws_put(&b, 0x80, text + j, len - j);
			ws_check(&b, NULL,
			    "text[10] ce ba e1 bd b9 f0 9f 98 80 21\n"
			    "sent 8a 01 ff\nopen\n");
		}
	for (i = 1; i < 4; i++) { /* ends inside the last character */
		ws_put(&b, 0x01, text, 5);
		ws_put(&b, 0x80, text + 5, i);
		ws_check(&b, NULL, BAD_DATA);
	}
}

static void
fails_at_the_first_bad_fragment(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x01, "\xed", 1);
	ws_put(&b, 0x00, "\xa0", 1);
	ws_check(&b, NULL, BAD_DATA);
	ws_put(&b, 0x02, "\xed", 1);
	ws_put(&b, 0x80, "\xa0", 1);
	ws_check(&b, NULL, "binary[2] ed a0\nopen\n");
}

/* Text with a little of everything, sometimes broken. */
static size_t
invent(char *data, size_t max, uint32_t *seed)
{
	static const char *const parts[] = { "a", "hello world ", "\xc3\xa9",
		"\xe4\xb8\xad", "\xf0\x9f\x98\x80", "\xed\x9f\xbf",
		"0123456789abcdef0123456789abcdef", "\xe4\xb8" };
	size_t len = 0, n, want;
	unsigned kinds = (*seed & 0x300) == 0 ? 8 : 7;

	*seed = *seed * 1664525 + 1013904223;
	want = (*seed >> 8) % max;
	for (;;) {
		*seed = *seed * 1664525 + 1013904223;
		n = strlen(parts[(*seed >> 16) % kinds]);
		if (len + n > want)
			return len;
		memcpy(data + len, parts[(*seed >> 16) % kinds], n);
		len += n;
	}
}

/* The same bytes in one frame, and in two through wslay. */
static void
takes_both_paths_to_the_same_end(void **state)
{
	static char data[9000];
	struct wm_buf one = WM_BUF_INIT, two = WM_BUF_INIT;
	uint32_t seed = 7;
	size_t len, cut;
	char *expected;
	unsigned round, op;

	(void)state;
	for (round = 0; round < 3000; round++) {
		len = invent(data, round % 10 == 0 ? 9000 : 300, &seed);
		op = seed >> 30 == 0 ? 2 : 1;
		cut = len > 0 ? (seed >> 4) % (len + 1) : 0;
		ws_put(&one, 0x80 | op, data, len);
		ws_put(&two, op, data, cut);
		ws_put(&two, 0x80, data + cut, len - cut);
		expected = strdup(ws_play(&one, NULL, one.len, one.len));
		assert_non_null(expected);
		assert_string_equal(ws_play(&two, NULL, two.len, two.len),
		    expected);
		if (len < 300)
			assert_string_equal(ws_play(&two, NULL, 1, 0),
			    expected);
		free(expected);
		one.len = two.len = 0;
	}
	wm_buf_fini(&one);
	wm_buf_fini(&two);
}

/* ---- the message stays while the application looks at it ---- */

static void
close_and_look(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_close(c);
	assert_int_equal(m->len, 6);
	assert_memory_equal(m->data, "abcdef", 6);
}

static void
keeps_the_message_when_closed_inside_the_callback(void **state)
{
	static const struct wm_handlers h = { .on_message = close_and_look };
	struct wire *w = ws_open(NULL, &h);
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x01, "abc", 3);
	ws_put(&b, 0x80, "def", 3);
	ws_put(&b, 0x01, "ghi", 3);
	ws_feed(w, b.data, b.len);
	assert_false(wire_is_closed(w));
	b.len = 0;
	ws_put(&b, 0x88, "\x03\xe8", 2);
	ws_feed(w, b.data, b.len);
	assert_true(wire_is_closed(w));
	wm_buf_fini(&b);
	wire_free(&w);
}

static size_t delivered;

static void
count_bytes(struct wm_conn *c, const struct wm_msg *m)
{
	(void)c;
	delivered = m->len;
}

static void
takes_a_hundred_thousand_fragments(void **state)
{
	static const struct wm_limits limits = { .fragments = 100000,
		.message = 64u << 20 };
	static const struct wm_handlers h = { .on_message = count_bytes };
	struct wire *w = ws_open(&limits, &h);
	struct wm_buf b = WM_BUF_INIT;
	static char data[671];
	unsigned i;

	(void)state;
	delivered = 0;
	for (i = 0; i < 100000; i++) {
		b.len = 0;
		ws_put(&b, (i == 0 ? 1u : 0) | (i == 99999 ? 0x80u : 0), data,
		    sizeof(data));
		ws_feed(w, b.data, b.len);
	}
	assert_int_equal(delivered, 67100000);
	wm_buf_fini(&b);
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_fragments_together),
		cmocka_unit_test(answers_control_frames_between_fragments),
		cmocka_unit_test(refuses_an_orphan_continuation),
		cmocka_unit_test(refuses_a_new_message_inside_another),
		cmocka_unit_test(takes_as_many_fragments_as_the_limit_says),
		cmocka_unit_test(ends_a_flood_of_empty_continuations),
		cmocka_unit_test(limits_the_whole_message),
		cmocka_unit_test(checks_utf8_across_fragments),
		cmocka_unit_test(fails_at_the_first_bad_fragment),
		cmocka_unit_test(takes_both_paths_to_the_same_end),
		cmocka_unit_test(
		    keeps_the_message_when_closed_inside_the_callback),
		cmocka_unit_test(takes_a_hundred_thousand_fragments),
	};

	return UNIT_RUN(tests);
}
