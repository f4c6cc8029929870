/* SPDX-License-Identifier: MIT */
#include <workerman/error.h>

#include "framework/ipc/filter.h"
#include "tests/support/unit.h"

static struct wm__filter filter;
static char error[256];

static void
parses(const char *text)
{
	error[0] = '\0';
	if (wm__filter_parse(&filter, text, error, sizeof(error)) < 0)
		fail_msg("%s", error);
}

static void
refuses(const char *text, const char *why)
{
	assert_int_equal(wm__filter_parse(&filter, text, error, sizeof(error)),
	    WM_E_INVALID);
	assert_string_equal(error, why);
}

static bool
has(const char *local, const char *foreign)
{
	struct wm__filter_view view = { "text", WM__STAGE_OPEN, local,
		foreign };

	return wm__filter_has(&filter, &view);
}

static bool
has_address(const char *address)
{
	bool by_local = has(address, "203.0.113.9:9");

	assert_int_equal(has("203.0.113.9:9", address), by_local);
	return by_local;
}

static void
no_words_mean_everything(void **state)
{
	(void)state;
	parses("");
	assert_int_equal(filter.n, 0);
	assert_true(wm__filter_has_process(&filter, "echo", 3));
	assert_true(has("127.0.0.1:80", "unix:"));
	parses("\n\n");
	assert_int_equal(filter.n, 0);
}

static void
knows_processes_by_name_and_slot(void **state)
{
	(void)state;
	parses("worker=echo\nworker=chat/1");
	assert_true(wm__filter_has_process(&filter, "echo", 0));
	assert_true(wm__filter_has_process(&filter, "echo", 7));
	assert_true(wm__filter_has_process(&filter, "chat", 1));
	assert_false(wm__filter_has_process(&filter, "chat", 0));
	assert_false(wm__filter_has_process(&filter, "ech", 0));
	assert_false(wm__filter_has_process(&filter, "echo2", 0));
	assert_true(has("127.0.0.1:80", "127.0.0.1:81"));
}

static void
knows_protocols_and_states(void **state)
{
	struct wm__filter_view view = { "http", WM__STAGE_PAUSED,
		"127.0.0.1:80", "127.0.0.1:81" };

	(void)state;
	parses("protocol=http\nstate=open\nstate=paused");
	assert_true(wm__filter_has(&filter, &view));
	view.stage = WM__STAGE_STUCK;
	assert_false(wm__filter_has(&filter, &view));
	view.stage = WM__STAGE_OPEN;
	assert_true(wm__filter_has(&filter, &view));
	view.protocol = "https";
	assert_false(wm__filter_has(&filter, &view));
	parses("protocol=https\nprotocol=http");
	assert_true(wm__filter_has(&filter, &view));
}

static void
every_state_has_its_word(void **state)
{
	char text[64];

	(void)state;
	for (int i = 0; i < WM__STAGES; i++) {
		struct wm__filter_view view = { "text", (enum wm__stage)i, "",
			"" };

		snprintf(text, sizeof(text), "state=%s",
		    wm__stage_word((enum wm__stage)i));
		parses(text);
		for (int k = 0; k < WM__STAGES; k++) {
			view.stage = (enum wm__stage)k;
			assert_int_equal(wm__filter_has(&filter, &view),
			    i == k);
		}
	}
}

static void
an_address_is_that_host_on_any_port(void **state)
{
	(void)state;
	parses("address=127.0.0.1");
	assert_true(has_address("127.0.0.1:80"));
	assert_false(has_address("127.0.0.10:80"));
	assert_false(has_address("127.0.0.2:80"));
	assert_false(has_address("[::1]:80"));
	assert_false(has_address("unix:/127.0.0.1"));
	parses("address=::1");
	assert_true(has_address("[::1]:80"));
	assert_false(has_address("[::2]:80"));
	assert_false(has_address("127.0.0.1:80"));
	/* written otherwise */
	parses("address=0:0::0:1");
	assert_true(has_address("[::1]:80"));
}

static void
a_network_is_its_first_bits(void **state)
{
	(void)state;
	parses("address=10.1.128.0/17");
	assert_true(has_address("10.1.128.0:1"));
	assert_true(has_address("10.1.255.255:1"));
	assert_false(has_address("10.1.127.255:1"));
	assert_false(has_address("[::]:1"));
	parses("address=0.0.0.0/0");
	assert_true(has_address("192.0.2.1:1"));
	assert_false(has("[::1]:1", "[::2]:2"));
	parses("address=2001:db8::/33");
	assert_true(has_address("[2001:db8:7fff::1]:80"));
	assert_false(has_address("[2001:db8:8000::1]:80"));
	parses("address=192.0.2.1/32\naddress=::1/128");
	assert_true(has_address("192.0.2.1:1"));
	assert_true(has_address("[::1]:1"));
	assert_false(has_address("192.0.2.0:1"));
}

static void
with_a_port_it_is_the_whole(void **state)
{
	(void)state;
	parses("address=127.0.0.1:80");
	assert_true(has_address("127.0.0.1:80"));
	assert_false(has_address("127.0.0.1:8080"));
	parses("address=[::1]:80");
	assert_true(has_address("[::1]:80"));
	assert_false(has_address("[::1]:800"));
	parses("address=:80");
	assert_true(has_address("127.0.0.1:80"));
	assert_true(has_address("[::1]:80"));
	assert_false(has_address("127.0.0.1:8080"));
	assert_false(has_address("127.0.0.1:180"));
}

static void
anything_else_is_a_beginning(void **state)
{
	(void)state;
	parses("address=10.1.");
	assert_true(has_address("10.1.2.3:80"));
	assert_false(has_address("10.11.2.3:80"));
	parses("address=[2001:db8:");
	assert_true(has_address("[2001:db8:1::1]:80"));
	parses("address=/run/a");
	assert_true(has_address("unix:/run/app.sock"));
	assert_false(has_address("unix:/run/b"));
	parses("address=unix:/run/a");
	assert_true(has_address("unix:/run/app.sock"));
	parses("address=unix:");
	assert_true(has_address("unix:"));
}

static void
keys_must_all_hold_words_of_one_need_not(void **state)
{
	(void)state;
	parses("address=10.0.0.1\naddress=10.0.0.2\nprotocol=text");
	assert_true(has("10.0.0.1:1", "10.9.9.9:1"));
	assert_true(has("10.9.9.9:1", "10.0.0.2:1"));
	assert_false(has("10.0.0.3:1", "10.0.0.4:1"));
	parses("address=10.0.0.1\nprotocol=http");
	assert_false(has("10.0.0.1:1", "10.9.9.9:1"));
}

#define NO_FILTER "not a filter (worker= protocol= state= address=): "
#define NO_STATE                                                               \
	"not one of open answering stuck paused handshake ending closing: "
#define NO_ADDRESS "not IP, IP/BITS, IP:PORT, :PORT, /PATH or their beginning: "

static void
says_what_is_wrong(void **state)
{
	(void)state;
	refuses("foo", NO_FILTER "foo");
	refuses("foo=1", NO_FILTER "foo=1");
	refuses("=", NO_FILTER "=");
	refuses("protoco=x", NO_FILTER "protoco=x");
	refuses("protocols=x", NO_FILTER "protocols=x");
	refuses("worker=", "not NAME or NAME/SLOT of a worker: worker=");
	refuses("worker=a/", "not NAME or NAME/SLOT of a worker: worker=a/");
	refuses("worker=a/x", "not NAME or NAME/SLOT of a worker: worker=a/x");
	refuses("worker=a/99999",
	    "not NAME or NAME/SLOT of a worker: worker=a/99999");
	refuses("worker=a b", "not NAME or NAME/SLOT of a worker: worker=a b");
	refuses("protocol=HTTP", "not the name of a protocol: protocol=HTTP");
	refuses("state=foo", NO_STATE "state=foo");
	refuses("state=", NO_STATE "state=");
	refuses("state=Open", NO_STATE "state=Open");
	refuses("address=localhost", NO_ADDRESS "address=localhost");
	refuses("address=", NO_ADDRESS "address=");
	refuses("address=10.0.0.0/33", NO_ADDRESS "address=10.0.0.0/33");
	refuses("address=10.0.0.0/", NO_ADDRESS "address=10.0.0.0/");
	refuses("address=10.0.0.0/-1", NO_ADDRESS "address=10.0.0.0/-1");
	refuses("address=::/129", NO_ADDRESS "address=::/129");
	refuses("address=1\x01", NO_ADDRESS "address=1\x01");
}

static void
is_bounded(void **state)
{
	char text[8192] = "", word[1024];

	(void)state;
	memset(word, '1', sizeof(word));
	memcpy(word, "address=", 8);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(wm__filter_parse(&filter, word, error, sizeof(error)),
	    WM_E_INVALID);
	word[8 + WM__FILTER_VALUE] = '\0';
	assert_int_equal(wm__filter_parse(&filter, word, error, sizeof(error)),
	    WM_E_INVALID);
	word[8 + WM__FILTER_VALUE - 1] = '\0';
	parses(word);
	for (int i = 0; i < WM__FILTER_TERMS; i++)
		strcat(text, "worker=a\n");
	parses(text);
	assert_int_equal(filter.n, WM__FILTER_TERMS);
	strcat(text, "worker=b");
	refuses(text, "too many filters: worker=b");
}

/* A path fills its whole value: "unix:" before it must not push it over. */
static void
a_long_path_is_cut_safely(void **state)
{
	char word[256];

	(void)state;
	memset(word, 'a', sizeof(word));
	memcpy(word, "address=/", 9);
	word[8 + WM__FILTER_VALUE - 1] = '\0';
	parses(word);
	assert_int_equal(strlen(filter.terms[0].value), WM__FILTER_VALUE - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_words_mean_everything),
		cmocka_unit_test(knows_processes_by_name_and_slot),
		cmocka_unit_test(knows_protocols_and_states),
		cmocka_unit_test(every_state_has_its_word),
		cmocka_unit_test(an_address_is_that_host_on_any_port),
		cmocka_unit_test(a_network_is_its_first_bits),
		cmocka_unit_test(with_a_port_it_is_the_whole),
		cmocka_unit_test(anything_else_is_a_beginning),
		cmocka_unit_test(keys_must_all_hold_words_of_one_need_not),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(a_long_path_is_cut_safely),
	};

	return UNIT_RUN(tests);
}
