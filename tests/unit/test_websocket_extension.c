/* SPDX-License-Identifier: MIT */
#include "tests/support/unit.h"
#include "protocols/websocket/extension.h"

#define ALONE                                                                  \
	"permessage-deflate; server_no_context_takeover; "                     \
	"client_no_context_takeover"
#define MALFORMED "malformed"

/* What is answered to the fields; "" for nothing. */
static const char *
answer(const struct wm_websocket_deflate *o, const char *first,
    const char *second)
{
	static struct wm__ws_agreed a;
	const char *fields[2] = { first, second };
	unsigned i;

	memset(&a, 0, sizeof(a));
	for (i = 0; i < 2 && fields[i] != NULL; i++)
		if (wm__ws_extension((struct wm_span){ fields[i],
					 strlen(fields[i]) },
			o, &a) != 0)
			return MALFORMED;
	assert_int_equal(a.flags != 0, a.text[0] != '\0');
	return a.text;
}

struct offer {
	const char *field, *answer;
};

static void
check(const struct wm_websocket_deflate *o, const struct offer *offers)
{
	for (; offers->field != NULL; offers++)
		assert_string_equal(answer(o, offers->field, NULL),
		    offers->answer);
}

static const struct wm_websocket_deflate on = { .on = true };

static void
keeps_nothing_unless_told_to(void **state)
{
	static const struct offer offers[] = {
		{ "permessage-deflate", ALONE },
		{ "permessage-deflate; client_max_window_bits", ALONE },
		{ "permessage-deflate; server_no_context_takeover", ALONE },
		{ "permessage-deflate; client_no_context_takeover", ALONE },
		{ "Permessage-Deflate;Client_Max_Window_Bits", ALONE },
		{ "\tpermessage-deflate ;\tclient_max_window_bits = 15 ",
		    ALONE },
		{ "permessage-deflate; client_max_window_bits=\"12\"",
		    ALONE "; client_max_window_bits=12" },
		{ "permessage-deflate; server_max_window_bits=15",
		    ALONE "; server_max_window_bits=15" },
		{ NULL, NULL },
	};

	(void)state;
	check(&on, offers);
}

static void
agrees_to_each_window_but_the_one_of_8_bits(void **state)
{
	char offer[100], want[200];
	unsigned bits;

	(void)state;
	for (bits = 9; bits <= 15; bits++) {
		snprintf(offer, sizeof(offer),
		    "permessage-deflate; server_max_window_bits=%u", bits);
		snprintf(want, sizeof(want),
		    ALONE "; server_max_window_bits=%u", bits);
		assert_string_equal(answer(&on, offer, NULL), want);
		snprintf(offer, sizeof(offer),
		    "permessage-deflate; client_max_window_bits=%u", bits);
		snprintf(want, sizeof(want),
		    bits < 15 ? ALONE "; client_max_window_bits=%u" : ALONE,
		    bits);
		assert_string_equal(answer(&on, offer, NULL), want);
	}
	/* ours cannot be; theirs is held to nothing */
	assert_string_equal(answer(&on,
				"permessage-deflate; server_max_window_bits=8",
				NULL),
	    "");
	assert_string_equal(answer(&on,
				"permessage-deflate; client_max_window_bits=8",
				NULL),
	    ALONE);
}

static void
limits_windows_as_it_is_told(void **state)
{
	static const struct wm_websocket_deflate o = { .on = true,
		.server_bits = 11,
		.client_bits = 12 };
	static const struct wm_websocket_deflate wrong = { .on = true,
		.server_bits = 8,
		.client_bits = 99 };
	static const struct offer offers[] = {
		{ "permessage-deflate", ALONE "; server_max_window_bits=11" },
		{ "permessage-deflate; client_max_window_bits",
		    ALONE "; server_max_window_bits=11; "
			  "client_max_window_bits=12" },
		{ "permessage-deflate; client_max_window_bits=10",
		    ALONE "; server_max_window_bits=11; "
			  "client_max_window_bits=10" },
		{ "permessage-deflate; server_max_window_bits=9",
		    ALONE "; server_max_window_bits=9" },
		{ NULL, NULL },
	};

	(void)state;
	check(&o, offers);
	assert_string_equal(answer(&wrong,
				"permessage-deflate; client_max_window_bits",
				NULL),
	    ALONE "; server_max_window_bits=9");
}

static void
keeps_a_context_where_both_sides_wish_it(void **state)
{
	static const struct wm_websocket_deflate o = { .on = true,
		.server_takeover = true,
		.client_takeover = true };
	static const struct offer offers[] = {
		{ "permessage-deflate", "permessage-deflate" },
		{ "permessage-deflate; server_no_context_takeover",
		    "permessage-deflate; server_no_context_takeover" },
		{ "permessage-deflate; client_no_context_takeover",
		    "permessage-deflate; client_no_context_takeover" },
		{ NULL, NULL },
	};

	(void)state;
	check(&o, offers);
}

static void
says_in_the_flags_what_it_says_in_the_text(void **state)
{
	static const struct wm_websocket_deflate o = { .on = true,
		.server_takeover = true,
		.client_takeover = true };
	static const char field[] = "permessage-deflate; "
				    "client_no_context_takeover; "
				    "server_max_window_bits=10; "
				    "client_max_window_bits=13";
	struct wm__ws_agreed a = { .flags = 0 };

	(void)state;
	assert_int_equal(wm__ws_extension((struct wm_span){ field,
					      sizeof(field) - 1 },
			     &o, &a),
	    0);
	assert_int_equal(a.flags, 10 | 13 << WS_CLIENT_SHIFT | WS_SERVER_KEEPS);
}

static void
takes_the_first_offer_that_it_can(void **state)
{
	(void)state;
	assert_string_equal(
	    answer(&on,
		"x-webkit-frame, permessage-deflate; server_max_window_bits=8,"
		"permessage-deflate; server_max_window_bits=10, "
		"permessage-deflate",
		NULL),
	    ALONE "; server_max_window_bits=10");
	assert_string_equal(answer(&on, "foo; bar=\"baz\"",
				",,permessage-deflate,"),
	    ALONE);
	assert_string_equal(answer(&on, "foo, bar;x=1", NULL), "");
	assert_string_equal(answer(&on, "", NULL), "");
}

static void
declines_parameters_that_are_wrong(void **state)
{
	static const char *const wrong[] = { "server_max_window_bits",
		"server_max_window_bits=7", "server_max_window_bits=16",
		"server_max_window_bits=09", "server_max_window_bits=1",
		"server_max_window_bits=x", "server_max_window_bits=100",
		"client_max_window_bits=0", "client_max_window_bits=16",
		"client_max_window_bits=\"7\"", "server_no_context_takeover=1",
		"client_no_context_takeover=true", "unknown", "unknown=15",
		"client_no_context_takeover; client_no_context_takeover",
		"server_no_context_takeover; server_no_context_takeover",
		"client_max_window_bits; client_max_window_bits=15",
		"server_max_window_bits=10; server_max_window_bits=10", NULL };
	char offer[200];
	unsigned i;

	(void)state;
	for (i = 0; wrong[i] != NULL; i++) {
		snprintf(offer, sizeof(offer), "permessage-deflate; %s",
		    wrong[i]);
		assert_string_equal(answer(&on, offer, NULL), "");
		assert_string_equal(answer(&on, offer, "permessage-deflate"),
		    ALONE);
	}
}

static void
finds_what_is_malformed(void **state)
{
	static const char *const bad[] = { "permessage-deflate;",
		"permessage-deflate; =1",
		"permessage-deflate; a=", "permessage-deflate; a=\"",
		"permessage-deflate; a=\"\"", "permessage-deflate; a=\"b",
		"permessage-deflate; a=\" b\"", "permessage-deflate; a=\"b c\"",
		"permessage-deflate x", "permessage-deflate; a b", ";", "=",
		"a, ;", "(a)", "permessage-deflate, @",
		"permessage-deflate; a=\x80", NULL };
	unsigned i;

	(void)state;
	for (i = 0; bad[i] != NULL; i++)
		assert_string_equal(answer(&on, bad[i], NULL), MALFORMED);
}

static void
says_nothing_when_it_is_off(void **state)
{
	static const struct wm_websocket_deflate off = { .on = false };

	(void)state;
	assert_string_equal(answer(&off, "permessage-deflate", NULL), "");
	assert_string_equal(answer(&off, "permessage-deflate;", NULL),
	    MALFORMED);
}

/* The longest answer fits. */
static void
has_room_for_all_of_it(void **state)
{
	static const struct wm_websocket_deflate o = { .on = true,
		.server_bits = 10,
		.client_bits = 10 };

	(void)state;
	assert_string_equal(answer(&o,
				"permessage-deflate; client_max_window_bits",
				NULL),
	    ALONE "; server_max_window_bits=10; client_max_window_bits=10");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_nothing_unless_told_to),
		cmocka_unit_test(agrees_to_each_window_but_the_one_of_8_bits),
		cmocka_unit_test(limits_windows_as_it_is_told),
		cmocka_unit_test(keeps_a_context_where_both_sides_wish_it),
		cmocka_unit_test(says_in_the_flags_what_it_says_in_the_text),
		cmocka_unit_test(takes_the_first_offer_that_it_can),
		cmocka_unit_test(declines_parameters_that_are_wrong),
		cmocka_unit_test(finds_what_is_malformed),
		cmocka_unit_test(says_nothing_when_it_is_off),
		cmocka_unit_test(has_room_for_all_of_it),
	};

	return UNIT_RUN(tests);
}
