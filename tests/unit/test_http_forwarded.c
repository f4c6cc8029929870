/* SPDX-License-Identifier: MIT */
/* Who a client is behind proxies, and whom nobody can pretend to be. */
#include <arpa/inet.h>

#include "framework/net/conn.h"
#include "tests/support/capture.h"
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

static char client[64];

static void
ask(struct wm_conn *c, const struct wm_msg *m)
{
	wm_http_client(c, wm_http_request(m), client, sizeof(client));
	wm_http_respond(c, &app.response);
}

/* The client of a request with these fields from that peer. */
static const char *
client_of(const char *peer, const struct wm_http_options *options,
    const char *fields)
{
	struct wire *w = app_open(NULL);
	struct wm_conn *c = wire_conn(w);
	char text[2000];

	app.act = ask;
	c->peer.family = 0;
	if (inet_pton(AF_INET, peer, c->peer.address) == 1)
		c->peer.family = AF_INET;
	else if (inet_pton(AF_INET6, peer, c->peer.address) == 1)
		c->peer.family = AF_INET6;
	memcpy(c->peer.port, &(uint16_t){ htons(1234) }, 2);
	wire_set_options(w, options);
	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n",
	    fields);
	strcpy(client, "not asked");
	app_feed(w, text);
	wire_free(&w);
	return client;
}

static const char *const proxies[] = { "10.0.0.0/8", "192.0.2.7", "fd00::/8",
	"2001:db8::1", NULL };
static const struct wm_http_options x_forwarded = { .proxies = proxies };
static const struct wm_http_options forwarded = { .proxies = proxies,
	.forwarding = WM_HTTP_FORWARDED };

#define XFF(value) "X-Forwarded-For: " value "\r\n"
#define FWD(value) "Forwarded: " value "\r\n"

static void
without_trust_it_is_the_peer(void **state)
{
	static const char *const none[] = { NULL };
	static const struct wm_http_options empty = { .proxies = none };

	(void)state;
	assert_string_equal(client_of("10.1.1.1", NULL, XFF("1.2.3.4")),
	    "10.1.1.1");
	assert_string_equal(client_of("10.1.1.1", &empty, XFF("1.2.3.4")),
	    "10.1.1.1");
	assert_string_equal(client_of("11.0.0.1", &x_forwarded, XFF("1.2.3.4")),
	    "11.0.0.1");
	assert_string_equal(client_of("2001:db8::2", &x_forwarded,
				XFF("1.2.3.4")),
	    "2001:db8::2");
}

static void
a_trusted_proxy_says_who_it_is(void **state)
{
	(void)state;
	assert_string_equal(client_of("10.1.1.1", &x_forwarded, XFF("1.2.3.4")),
	    "1.2.3.4");
	assert_string_equal(client_of("::ffff:10.1.1.1", &x_forwarded,
				XFF("1.2.3.4:567")),
	    "1.2.3.4");
	assert_string_equal(client_of("192.0.2.7", &x_forwarded,
				XFF(" [2001:DB8:0::5]:80 ")),
	    "2001:db8::5");
	assert_string_equal(client_of("fd12::1", &x_forwarded,
				XFF("2001:db8::5")),
	    "2001:db8::5");
	assert_string_equal(client_of("10.1.1.1", &x_forwarded, ""),
	    "10.1.1.1");
}

static void
only_what_trusted_ones_added_counts(void **state)
{
	(void)state;
	/* the client's own invention stands on the left */
	assert_string_equal(client_of("10.1.1.1", &x_forwarded,
				XFF("9.9.9.9, 1.2.3.4")),
	    "1.2.3.4");
	assert_string_equal(client_of("10.1.1.1", &x_forwarded,
				XFF("9.9.9.9, 1.2.3.4, 10.2.2.2,fd00::9")),
	    "1.2.3.4");
	assert_string_equal(client_of("10.1.1.1", &x_forwarded,
				XFF("9.9.9.9") XFF("1.2.3.4") XFF("10.2.2.2")),
	    "1.2.3.4");
	/* nothing is no element: RFC 9110 section 5.6.1.2 */
	assert_string_equal(client_of("10.1.1.1", &x_forwarded,
				XFF("1.2.3.4, , ,")),
	    "1.2.3.4");
	/* all of them are ours */
	assert_string_equal(client_of("10.1.1.1", &x_forwarded,
				XFF("10.3.3.3, 10.2.2.2")),
	    "10.3.3.3");
	/* the other field is not what our proxy sets */
	assert_string_equal(client_of("10.1.1.1", &x_forwarded,
				FWD("for=9.9.9.9")),
	    "10.1.1.1");
	assert_string_equal(client_of("10.1.1.1", &forwarded, XFF("9.9.9.9")),
	    "10.1.1.1");
}

static void
what_is_no_address_ends_the_search(void **state)
{
	static const char *const bad[] = { "unknown", "1.2.3", "1.2.3.4.5",
		"1.2.3.4:5:6", "[::1", "[::1]x", "::1::2", "a b",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:1111:2222:3333" };
	char fields[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(fields, sizeof(fields),
		    "X-Forwarded-For: 1.2.3.4, %s\r\n", bad[i]);
		if (strcmp(client_of("10.1.1.1", &x_forwarded, fields),
			"10.1.1.1") != 0)
			fail_msg("%s: %s", bad[i], client);
	}
}

/* RFC 7239 section 4. */
static void
the_standard_s_field_is_read_as_well(void **state)
{
	(void)state;
	assert_string_equal(client_of("10.1.1.1", &forwarded,
				FWD("for=1.2.3.4;proto=http;by=10.1.1.1")),
	    "1.2.3.4");
	assert_string_equal(client_of("10.1.1.1", &forwarded,
				FWD("For=\"[2001:db8:cafe::17]:4711\"")),
	    "2001:db8:cafe::17");
	assert_string_equal(client_of("10.1.1.1", &forwarded,
				FWD("for=9.9.9.9, proto=https; FOR=1.2.3.4,"
				    " for=\"10.2.2.2:80\"")),
	    "1.2.3.4");
	assert_string_equal(client_of("10.1.1.1", &forwarded,
				FWD("for=9.9.9.9, by=\"a,for=8.8.8.8\";"
				    "for=1.2.3.4")),
	    "1.2.3.4");
	assert_string_equal(client_of("10.1.1.1", &forwarded,
				FWD("for=_hidden, for=10.2.2.2")),
	    "10.2.2.2");
	assert_string_equal(client_of("10.1.1.1", &forwarded,
				FWD("for=\"1.2.3.4")),
	    "10.1.1.1");
}

static void
a_list_of_any_length_is_read_from_its_near_end(void **state)
{
	char fields[1200] = "X-Forwarded-For: 9.9.9.9";
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		strcat(fields, ", 10.2.2.2");
	strcat(fields, "\r\n");
	assert_string_equal(client_of("10.1.1.1", &x_forwarded, fields),
	    "10.2.2.2");
	strcpy(strrchr(fields, ','), ", 1.2.3.4\r\n");
	assert_string_equal(client_of("10.1.1.1", &x_forwarded, fields),
	    "1.2.3.4");
}

static void
networks_end_within_a_byte_too(void **state)
{
	static const char *const odd[] = { "192.168.16.0/20", "2001:db8::/33",
		"0.0.0.0/32", NULL };
	static const char *const all[] = { "::/0", NULL };
	const struct wm_http_options a = { .proxies = odd };
	const struct wm_http_options b = { .proxies = all };

	(void)state;
	assert_string_equal(client_of("192.168.31.255", &a, XFF("1.2.3.4")),
	    "1.2.3.4");
	assert_string_equal(client_of("192.168.32.0", &a, XFF("1.2.3.4")),
	    "192.168.32.0");
	assert_string_equal(client_of("2001:db8:7fff::", &a, XFF("1.2.3.4")),
	    "1.2.3.4");
	assert_string_equal(client_of("2001:db8:8000::", &a, XFF("1.2.3.4")),
	    "2001:db8:8000::");
	assert_string_equal(client_of("8.8.8.8", &b, XFF("1.2.3.4")),
	    "1.2.3.4");
}

static void
a_unix_socket_is_named_so(void **state)
{
	static const char *const local[] = { "unix", NULL };
	const struct wm_http_options options = { .proxies = local };

	(void)state;
	assert_string_equal(client_of("", NULL, XFF("1.2.3.4")), "unix");
	assert_string_equal(client_of("", &options, XFF("1.2.3.4")), "1.2.3.4");
	assert_string_equal(client_of("", &x_forwarded, XFF("1.2.3.4")),
	    "unix");
}

static void
a_network_that_is_none_trusts_nobody_and_is_told_once(void **state)
{
	static const char *const bad[] = { "10.0.0.0/33", "10.0.0.0/",
		"10.0.0.0/-1", "::/129", "a", "10.0.0.0/8x", NULL };
	const struct wm_http_options options = { .proxies = bad };
	const char *log;

	(void)state;
	capture_begin();
	assert_string_equal(client_of("10.1.1.1", &options, XFF("1.2.3.4")),
	    "10.1.1.1");
	log = capture_stop();
	assert_non_null(strstr(log, "'10.0.0.0/33' is no network"));
	assert_ptr_equal(strchr(log, '\n'), log + strlen(log) - 1);
}

static void
a_small_buffer_is_respected(void **state)
{
	char buf[5] = "xxxx";
	struct wire *w = app_open(NULL);

	(void)state;
	wm_http_client(wire_conn(w), NULL, buf, 3);
	assert_string_equal(buf, "un");
	wm_http_client(wire_conn(w), NULL, buf, 0);
	assert_string_equal(buf, "un");
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(without_trust_it_is_the_peer),
		TEST(a_trusted_proxy_says_who_it_is),
		TEST(only_what_trusted_ones_added_counts),
		TEST(what_is_no_address_ends_the_search),
		TEST(the_standard_s_field_is_read_as_well),
		TEST(a_list_of_any_length_is_read_from_its_near_end),
		TEST(networks_end_within_a_byte_too),
		TEST(a_unix_socket_is_named_so),
		TEST(a_network_that_is_none_trusts_nobody_and_is_told_once),
		TEST(a_small_buffer_is_respected),
	};

	return UNIT_RUN(tests);
}
