/* SPDX-License-Identifier: MIT */
/* Headers of the PROXY protocol: whole, byte by byte and at every split. */
#include <workerman/error.h>

#include "framework/net/address.h"
#include "framework/net/proxy.h"
#include "tests/support/unit.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define TAIL      "GET / HTTP/1.1\r\n\r\n" /* not the header's */
#define BYTES(s)  s, sizeof(s) - 1

#define SIX                                                                    \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"                           \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x30\x39\x01\xbb"

#define ZEROES_8 "\0\0\0\0\0\0\0\0"
#define ZEROES_72                                                              \
	ZEROES_8 ZEROES_8 ZEROES_8 ZEROES_8 ZEROES_8 ZEROES_8 ZEROES_8         \
	    ZEROES_8 ZEROES_8
#define ZEROES_216 ZEROES_72 ZEROES_72 ZEROES_72

static const struct {
	const char *bytes;
	size_t len;
	const char *peer; /* null: its own */
} good[] = {
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.1 12345 443\r\n"),
	    "192.0.2.7:12345" },
	{ BYTES("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"),
	    "255.255.255.255:65535" },
	{ BYTES("PROXY TCP6 2001:db8::7 2001:db8::1 0 443\r\n"),
	    "[2001:db8::7]:0" },
	{ BYTES("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
	    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
	{ BYTES("PROXY UNKNOWN\r\n"), NULL },
	{ BYTES("PROXY UNKNOWN what ever this is\r\n"), NULL },
	{ BYTES("PROXY UNKNOWN "
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
	    NULL }, /* 107 bytes: the longest */
	{ BYTES(SIGNATURE "\x21\x11\0\x0c\xc0\0\2\7\xc0\0\2\1\x30\x39\1\xbb"),
	    "192.0.2.7:12345" },
	{ BYTES(SIGNATURE
	      "\x21\x11\0\x11\xc0\0\2\7\xc0\0\2\1\x30\x39\1\xbb\4\0\2ab"),
	    "192.0.2.7:12345" }, /* with an extra */
	{ BYTES(SIGNATURE "\x21\x21\0\x24" SIX), "[2001:db8::7]:12345" },
	{ BYTES(SIGNATURE "\x21\x31\0\xd8" ZEROES_216), "unix:" },
	{ BYTES(SIGNATURE "\x21\x31\0\xdb" ZEROES_216 "\4\0\0"), "unix:" },
	{ BYTES(SIGNATURE "\x20\0\0\0"), NULL }, /* LOCAL */
	{ BYTES(SIGNATURE "\x20\x11\0\3abc"), NULL },
	{ BYTES(SIGNATURE "\x21\0\0\0"), NULL }, /* of no family */
	{ BYTES(SIGNATURE "\x21\0\0\2xy"), NULL },
};

static const struct {
	const char *bytes;
	size_t len;
} bad[] = {
	{ BYTES("GET / HTTP/1.1\r\n") },
	{ BYTES("\x16\x03\x01") },
	{ BYTES("proxy TCP4 192.0.2.7 192.0.2.1 1 2\r\n") },
	{ BYTES("PROXX") },
	{ BYTES("PROXY\r\n") },
	{ BYTES("PROXY \r\n") },
	{ BYTES("PROXY UNKNOWN\n") },
	{ BYTES("PROXY TCP4\r\n") },
	{ BYTES("PROXY TCP5 192.0.2.7 192.0.2.1 1 2\r\n") },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.1 1 2\n") },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.1 1\r\n") },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.1 1 2 \r\n") },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.1 1 2 3\r\n") },
	{ BYTES("PROXY TCP4  192.0.2.7 192.0.2.1 1 2\r\n") },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.1 1 65536\r\n") },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.1 000001 2\r\n") },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.1 +1 2\r\n") },
	{ BYTES("PROXY TCP4 192.0.2 192.0.2.1 1 2\r\n") },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.256 1 2\r\n") },
	{ BYTES("PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n") },
	{ BYTES("PROXY TCP6 192.0.2.7 192.0.2.1 1 2\r\n") },
	{ BYTES("PROXY TCP4 192.0.2.7\0 192.0.2.1 1 2\r\n") },
	{ BYTES("PROXY UNKNOWN "
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 655350\r\n") },
	{ BYTES("\r\n\r\n\0\r\nQUIT\r") },
	{ BYTES("\r\nx") },
	{ BYTES(SIGNATURE "\x11\x11\0\x0c") }, /* version 1 */
	{ BYTES(SIGNATURE "\x22\x11\0\x0c") }, /* no such command */
	{ BYTES(SIGNATURE "\x21\x41\0\x0c") }, /* no such family */
	{ BYTES(SIGNATURE "\x21\x13\0\x0c") }, /* no such transport */
	{ BYTES(SIGNATURE "\x21\x11\0\x0b") }, /* too short */
	{ BYTES(SIGNATURE "\x21\x21\0\x23") },
	{ BYTES(SIGNATURE "\x21\x31\0\xd7") },
	{ BYTES(SIGNATURE "\x21\x11\x0f\xf1") }, /* over 4096 in all */
	{ BYTES(SIGNATURE "\x20\0\xff\xff") },
};

/* Shows it pieces: up to `first` bytes, then `step` at a time. */
static int
feed(struct wm__proxy *proxy, const char *bytes, size_t len, size_t first,
    size_t step, size_t *used_r)
{
	size_t at = 0, piece, used;
	int result = 0;

	*proxy = (struct wm__proxy){ 0 };
	while (result == 0 && at < len) {
		size_t want = wm__proxy_want(proxy);
		char *copy;

		assert_true(want > 0);
		piece = at < first ? first - at : step;
		if (piece > want)
			piece = want;
		if (piece > len - at)
			piece = len - at;
		copy = malloc(piece); /* so that a byte beyond is noticed */
		memcpy(copy, bytes + at, piece);
		result = wm__proxy_feed(proxy, copy, piece, &used);
		free(copy);
		assert_in_range(used, 1, piece);
		at += used;
	}
	*used_r = at;
	return result;
}

static void
assert_peer(const struct wm__proxy *proxy, const char *want)
{
	struct sockaddr_storage ss;
	char text[128];

	assert_int_equal(wm__proxy_peer(proxy, &ss), want != NULL);
	if (want == NULL)
		return;
	wm__address_format((struct sockaddr *)&ss,
	    ss.ss_family == AF_UNIX ? sizeof(ss.ss_family) : sizeof(ss), text,
	    sizeof(text));
	assert_string_equal(text, want);
}

static void
takes_its_own_bytes_and_no_more(void **state)
{
	struct wm__proxy proxy;
	char bytes[512];
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		size_t len = good[i].len, all = len + sizeof(TAIL) - 1;

		memcpy(bytes, good[i].bytes, len);
		memcpy(bytes + len, TAIL, sizeof(TAIL) - 1);
		for (size_t first = 0; first <= all; first++) {
			assert_int_equal(feed(&proxy, bytes, all, first, all,
					     &used),
			    1);
			assert_int_equal(used, len);
			assert_peer(&proxy, good[i].peer);
		}
		assert_int_equal(feed(&proxy, bytes, all, 0, 1, &used), 1);
		assert_int_equal(used, len);
		assert_peer(&proxy, good[i].peer);
	}
}

static void
waits_for_the_last_byte(void **state)
{
	struct wm__proxy proxy;
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		for (size_t len = 0; len < good[i].len; len++) {
			assert_int_equal(feed(&proxy, good[i].bytes, len, 0, 7,
					     &used),
			    0);
			assert_int_equal(used, len);
		}
}

static void
refuses_what_is_none(void **state)
{
	struct wm__proxy proxy;
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		for (size_t step = 1; step <= bad[i].len; step++)
			if (feed(&proxy, bad[i].bytes, bad[i].len, 0, step,
				&used) != WM_E_PROTOCOL)
				fail_msg("header %zu in steps of %zu", i, step);
}

static void
skips_extras_up_to_its_bound(void **state)
{
	static char bytes[4096];
	struct wm__proxy proxy;
	size_t used;

	(void)state;
	memcpy(bytes, BYTES(SIGNATURE "\x21\x11\x0f\xf0\xc0\0\2\7"));
	assert_int_equal(feed(&proxy, bytes, sizeof(bytes), 0, 1000, &used), 1);
	assert_int_equal(used, sizeof(bytes));
	assert_peer(&proxy, "192.0.2.7:0");
	assert_int_equal(feed(&proxy, bytes, sizeof(bytes), 0, 1, &used), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_its_own_bytes_and_no_more),
		cmocka_unit_test(waits_for_the_last_byte),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(skips_extras_up_to_its_bound),
	};

	return UNIT_RUN(tests);
}
