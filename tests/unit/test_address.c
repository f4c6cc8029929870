/* SPDX-License-Identifier: MIT */
#include <workerman/error.h>

#include "framework/net/address.h"
#include "tests/support/unit.h"

/* 107 bytes of path after "raw+unix://" */
#define PATH_107                                                               \
	"/2345678901234567890123456789012345678901234567890"                   \
	"123456789012345678901234567890123456789012345678901234567"

static const struct {
	const char *url;
	const char *canonical;
} good[] = {
	{ "http://127.0.0.1:80", "http://127.0.0.1:80" },
	{ "text://0.0.0.0:0", "text://0.0.0.0:0" },
	{ "http://localhost:8080", "http://127.0.0.1:8080" },
	{ "http://*:65535", "http://*:65535" },
	{ "frame://[::1]:1", "frame://[::1]:1" },
	{ "frame://[::]:1", "frame://[::]:1" },
	{ "frame://[*]:1", "frame://[*]:1" },
	{ "text+udp://[*]:1", "text+udp://[*]:1" },
	{ "text://[fe80::1%lo]:1", "text://[fe80::1%lo]:1" },
	{ "text+unix://@name", "text+unix://@name" },
	{ "unix://@" PATH_107, "raw+unix://@" PATH_107 },
	{ "frame://[2001:DB8:0::1]:1", "frame://[2001:db8::1]:1" },
	{ "tcp://127.0.0.1:1", "raw://127.0.0.1:1" },
	{ "ws://127.0.0.1:1", "websocket://127.0.0.1:1" },
	{ "unix:///run/x.sock", "raw+unix:///run/x.sock" },
	{ "udp://127.0.0.1:1", "raw+udp://127.0.0.1:1" },
	{ "text+udp://*:1", "text+udp://*:1" },
	{ "text+udp://[::1]:1", "text+udp://[::1]:1" },
	{ "http+unix:///run/a:b", "http+unix:///run/a:b" },
	{ "tcp+unix:///x", "raw+unix:///x" },
	{ "ws+unix:///x", "websocket+unix:///x" },
	{ "x-1234567890123456789012345678://127.0.0.1:1",
	    "x-1234567890123456789012345678://127.0.0.1:1" },
	{ "raw+unix://" PATH_107, "raw+unix://" PATH_107 },
};

static const struct {
	const char *url;
	int error;
} bad[] = {
	{ "", WM_E_INVALID },
	{ "127.0.0.1:80", WM_E_INVALID },
	{ "http:/127.0.0.1:80", WM_E_INVALID },
	{ "://127.0.0.1:80", WM_E_INVALID },
	{ "+unix:///x", WM_E_INVALID },
	{ "x1234567890123456789012345678901://127.0.0.1:1", WM_E_INVALID },
	{ "http://127.0.0.1", WM_E_INVALID },
	{ "http://127.0.0.1:", WM_E_INVALID },
	{ "http://127.0.0.1:-1", WM_E_INVALID },
	{ "http://127.0.0.1:+1", WM_E_INVALID },
	{ "http://127.0.0.1: 1", WM_E_INVALID },
	{ "http://127.0.0.1:1x", WM_E_INVALID },
	{ "http://127.0.0.1:80/", WM_E_INVALID },
	{ "http://127.0.0.1:65536", WM_E_INVALID },
	{ "http://127.0.0.1:99999999999999999999999", WM_E_INVALID },
	{ "http://127.0.0:80", WM_E_INVALID },
	{ "http://127.0.0.256:80", WM_E_INVALID },
	{ "http://example.com:80", WM_E_INVALID },
	{ "http://:80", WM_E_INVALID },
	{ "http://::1:80", WM_E_INVALID },
	{ "http://[::1:80", WM_E_INVALID },
	{ "http://[::1]", WM_E_INVALID },
	{ "http://[::1]80", WM_E_INVALID },
	{ "http://[]:80", WM_E_INVALID },
	{ "http://[127.0.0.1]:80", WM_E_INVALID },
	{ "http://[::1]x:80", WM_E_INVALID },
	{ "http://[*]:", WM_E_INVALID },
	{ "http://[fe80::1]:80", WM_E_INVALID },
	{ "http://[fe80::1%]:80", WM_E_INVALID },
	{ "http://[fe80::1%no-such-if]:80", WM_E_INVALID },
	{ "http://[2001:db8::1%lo]:80", WM_E_INVALID },
	{ "http://127.0.0.1%lo:80", WM_E_INVALID },
	{ "unix://@", WM_E_INVALID },
	{ "unix://@" PATH_107 "8", WM_E_INVALID },
	{ "unix://relative", WM_E_INVALID },
	{ "unix://", WM_E_INVALID },
	{ "raw+unix://" PATH_107 "8", WM_E_INVALID },
	{ "http+tls://127.0.0.1:1", WM_E_UNSUPPORTED },
	{ "http+unixx:///x", WM_E_UNSUPPORTED },
	{ "http+uni:///x", WM_E_UNSUPPORTED },
	{ "http+://127.0.0.1:1", WM_E_UNSUPPORTED },
	{ "https://127.0.0.1:1", WM_E_UNSUPPORTED },
	{ "wss://127.0.0.1:1", WM_E_UNSUPPORTED },
	{ "tls://127.0.0.1:1", WM_E_UNSUPPORTED },
	{ "text+ud://127.0.0.1:1", WM_E_UNSUPPORTED },
	{ "text+udp+udp://127.0.0.1:1", WM_E_UNSUPPORTED },
	{ "udp:///x", WM_E_INVALID },
};

static void
formats_every_url_in_canonical_form(void **state)
{
	struct wm__url url;
	const char *error;
	char text[WM__URL_MAX + 32];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (wm__url_parse(good[i].url, &url, &error) < 0)
			fail_msg("%s: %s", good[i].url, error);
		assert_string_equal(wm__url_format(&url, text, sizeof(text)),
		    good[i].canonical);
		/* and what it wrote it reads again */
		assert_int_equal(wm__url_parse(text, &url, &error), 0);
	}
}

static void
refuses_bad_urls_and_says_why(void **state)
{
	struct wm__url url;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const char *error = NULL;
		int code = wm__url_parse(bad[i].url, &url, &error);

		if (code != bad[i].error)
			fail_msg("%s: %d", bad[i].url, code);
		assert_non_null(error);
		assert_true(strlen(error) > 10);
	}
}

static void
refuses_a_url_that_is_too_long(void **state)
{
	struct wm__url url;
	const char *error;
	char text[400];

	(void)state;
	memset(text, '0', sizeof(text));
	memcpy(text, "http://127.0.0.1:", 17);
	text[WM__URL_MAX] = '\0';
	assert_int_equal(wm__url_parse(text, &url, &error), 0);
	text[WM__URL_MAX] = '0';
	text[WM__URL_MAX + 1] = '\0';
	assert_int_equal(wm__url_parse(text, &url, &error), WM_E_INVALID);
}

static void
cuts_a_text_to_the_room_there_is(void **state)
{
	struct wm__url url;
	const char *error;
	char text[8] = "1234567";

	(void)state;
	assert_int_equal(wm__url_parse("http://127.0.0.1:80", &url, &error), 0);
	assert_string_equal(wm__url_format(&url, text, sizeof(text)),
	    "http://");
	assert_string_equal(wm__address_format((struct sockaddr *)&url.address,
				url.address_len, text, 5),
	    "127.");
	assert_string_equal(wm__address_format(NULL, 0, text, 5), "?");
}

static void
shows_ipv4_inside_ipv6_as_ipv4(void **state)
{
	struct wm__url dual, six;
	struct sockaddr_storage ss;
	socklen_t len;
	const char *error;
	char text[64];

	(void)state;
	assert_int_equal(wm__url_parse("udp://[*]:1", &dual, &error), 0);
	assert_int_equal(wm__url_parse("udp://[::]:1", &six, &error), 0);
	assert_int_equal(wm__address_parse("192.0.2.1:5", &dual, &ss, &len), 0);
	assert_int_equal(ss.ss_family, AF_INET6);
	assert_string_equal(wm__address_format((struct sockaddr *)&ss, len,
				text, sizeof(text)),
	    "192.0.2.1:5");
	assert_int_equal(wm__address_parse("192.0.2.1:5", &six, &ss, &len),
	    WM_E_INVALID);
	assert_int_equal(wm__address_parse("[::1]:5", &dual, &ss, &len), 0);
}

static void
knows_which_urls_are_one_place(void **state)
{
	char a[64], b[64];

	(void)state;
	assert_string_equal(wm__url_place("raw://127.0.0.1:1", a, sizeof(a)),
	    wm__url_place("http://127.0.0.1:1", b, sizeof(b)));
	assert_string_equal(wm__url_place("raw+udp://*:1", a, sizeof(a)),
	    wm__url_place("text+udp://*:1", b, sizeof(b)));
	assert_string_not_equal(wm__url_place("raw://*:1", a, sizeof(a)),
	    wm__url_place("raw+udp://*:1", b, sizeof(b)));
	assert_string_equal(wm__url_place("raw+unix:///s", a, sizeof(a)), "/s");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_ipv4_inside_ipv6_as_ipv4),
		cmocka_unit_test(knows_which_urls_are_one_place),
		cmocka_unit_test(formats_every_url_in_canonical_form),
		cmocka_unit_test(refuses_bad_urls_and_says_why),
		cmocka_unit_test(refuses_a_url_that_is_too_long),
		cmocka_unit_test(cuts_a_text_to_the_room_there_is),
	};

	return UNIT_RUN(tests);
}
