/* SPDX-License-Identifier: MIT */
#include <workerman/app.h>

#include "framework/cli/options.h"
#include "framework/cli/run_dir.h"
#include "framework/cli/tabulate.h"
#include "framework/ipc/table.h"
#include "tests/support/unit.h"

static char error[1024];

/* Judges the rows under a command line ("" for none). */
static struct wm__table *
tabulate(const struct wm_worker *workers, const char *arguments)
{
	struct wm_app app = { .name = "app", .workers = workers };
	static struct wm__options options; /* the table points into it not */
	struct wm__table *table;
	char line[256], *words[16] = { line };
	int n = 1;

	snprintf(line, sizeof(line), "prog %s", arguments);
	for (char *p = line; (p = strchr(p, ' ')) != NULL;) {
		*p++ = '\0';
		if (*p != '\0')
			words[n++] = p;
	}
	words[n] = NULL;
	error[0] = '\0';
	assert_int_equal(wm__options_parse(&options, NULL, words, error,
			     sizeof(error)),
	    0);
	if (wm__tabulate(&app, &options, &table, error, sizeof(error)) < 0)
		assert_null(table);
	return table;
}

static void
refuses(const struct wm_worker *workers, const char *arguments, const char *why)
{
	assert_null(tabulate(workers, arguments));
	assert_string_equal(error, why);
}

static const struct wm_worker good[] = {
	{ .name = "a", .listen = "tcp://localhost:0" },
	{ .name = "b",
	    .count = 3,
	    .user = "nobody",
	    .watchdog = 5,
	    .listeners = (const struct wm_listener[]){ { .url = "text://*:81" },
		{ .url = "unix:///tmp/s" }, { .url = NULL } } },
	{ .name = "task" },
	{ .name = NULL },
};

static void
a_good_table_becomes_canonical(void **state)
{
	struct wm__table *t = tabulate(good, "");

	(void)state;
	assert_non_null(t);
	assert_string_equal(t->name, "app");
	assert_string_equal(t->version, "");
	assert_int_equal(t->n_rows, 3);
	assert_int_equal(t->rows[0].count, 1);
	assert_string_equal(t->rows[0].urls[0], "raw://127.0.0.1:0");
	assert_int_equal(t->rows[1].count, 3);
	assert_string_equal(t->rows[1].user, "nobody");
	assert_int_equal(t->rows[1].watchdog, 5);
	assert_int_equal(t->rows[0].watchdog, 0);
	assert_int_equal(t->rows[1].n_urls, 2);
	assert_string_equal(t->rows[1].urls[1], "raw+unix:///tmp/s");
	assert_int_equal(t->rows[2].n_urls, 0);
	wm__table_free(&t);
}

static void
the_command_line_overrides_it(void **state)
{
	struct wm__table *t = tabulate(good,
	    "--count a=7 --listen b[1]=frame://[::1]:9 "
	    "--listen a=text://127.0.0.1:1 --listen a=text://127.0.0.1:2");

	(void)state;
	assert_non_null(t);
	assert_int_equal(t->rows[0].count, 7);
	assert_string_equal(t->rows[0].urls[0], "text://127.0.0.1:2");
	assert_string_equal(t->rows[1].urls[1], "frame://[::1]:9");
	wm__table_free(&t);
}

static void
overrides_must_meet_something(void **state)
{
	(void)state;
	refuses(good, "--count c=1", "--count: there is no worker c");
	refuses(good, "--listen c=x", "--listen: there is no worker c");
	refuses(good, "--listen a[1]=text://*:1",
	    "--listen: worker a has no listener 1");
	refuses(good, "--listen task=text://*:1",
	    "--listen: worker task has no listener 0");
	refuses(good, "--count a=0",
	    "worker a: count must be 1 to 1024, not 0");
	refuses(good, "--count a=1025",
	    "worker a: count must be 1 to 1024, not 1025");
	refuses(good, "--count a=2x", "worker a: not a number: --count a=2x");
	refuses(good, "--listen a=gopher://*:1",
	    "worker a: gopher://*:1: no such protocol: gopher");
}

static void
a_watchdog_waits_a_day_at_most(void **state)
{
	const struct wm_worker patient[] = { { .name = "a", .watchdog = 86401 },
		{ .name = NULL } };

	(void)state;
	refuses(patient, "",
	    "worker a: watchdog must be 0 to 86400 seconds, not 86401");
}

static void
bad_names_are_refused(void **state)
{
	const struct wm_worker twice[] = { { .name = "a" }, { .name = "a" },
		{ .name = NULL } };
	const struct wm_worker blank[] = { { .name = "a b" },
		{ .name = NULL } };
	const struct wm_worker none[] = { { .name = NULL } };

	(void)state;
	refuses(twice, "", "two workers have the name a");
	refuses(none, "", "the program has 0 workers, 1 to 256 are possible");
	refuses(NULL, "", "the program has 0 workers, 1 to 256 are possible");
	assert_null(tabulate(blank, ""));
	assert_non_null(strstr(error, "\"a b\""));
}

static void
bad_listeners_are_refused(void **state)
{
	static const char *const bad[] = { "text", "text://", "://*:1",
		"text://*", "text://*:65536", "text://host.example:1",
		"text+unix://relative", "text+x://*:1", "nope://*:1",
		"http+udp://*:1", "websocket+udp://*:1" };
	const struct wm_worker both[] = { { .name = "a",
					      .listen = "text://*:1",
					      .listeners = good[1].listeners },
		{ .name = NULL } };
	char start[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const struct wm_worker w[] = {
			{ .name = "a", .listen = bad[i] }, { .name = NULL }
		};

		snprintf(start, sizeof(start), "worker a: %s: ", bad[i]);
		assert_null(tabulate(w, ""));
		assert_memory_equal(error, start, strlen(start));
		assert_null(strchr(error, '\n'));
	}
	refuses(both, "", "worker a has both .listen and .listeners");
}

static void
an_address_belongs_to_one_listener(void **state)
{
	const struct wm_worker same[] = { { .name = "a",
					      .listen = "text://*:1" },
		{ .name = "b", .listen = "frame://*:1" }, { .name = NULL } };
	const struct wm_worker within[] = {
		{ .name = "a",
		    .listeners =
			(const struct wm_listener[]){ { .url = "ws://*:1" },
			    { .url = "tcp://*:1" }, { .url = NULL } } },
		{ .name = NULL }
	};
	const struct wm_worker both[] = { { .name = "a",
					      .listen = "text://*:1" },
		{ .name = "b", .listen = "text+udp://*:1" }, { .name = NULL } };
	const struct wm_worker chosen[] = { { .name = "a",
						.listen = "text://*:0" },
		{ .name = "b", .listen = "text://*:0" }, { .name = NULL } };
	struct wm__table *t;

	(void)state;
	refuses(same, "", "workers a and b both listen on *:1");
	refuses(within, "", "workers a and a both listen on *:1");
	t = tabulate(both, ""); /* of TCP and of UDP */
	assert_non_null(t);
	wm__table_free(&t);
	t = tabulate(chosen, ""); /* the kernel chooses two */
	assert_non_null(t);
	wm__table_free(&t);
}

static void
a_socket_may_lie_in_the_run_directory(void **state)
{
	const struct wm_worker w[] = { { .name = "a",
					   .listen = "text+unix://./s.sock" },
		{ .name = NULL } };
	struct wm__table *t;

	(void)state;
	assert_null(tabulate(w, "")); /* which is not known */
	wm__run_dir_set("/run/app");
	t = tabulate(w, "");
	assert_non_null(t);
	assert_string_equal(t->rows[0].urls[0], "text+unix:///run/app/s.sock");
	wm__table_free(&t);
	wm__run_dir_set("");
}

/* A row with one listener. */
static struct wm__table *
tabulate_one(struct wm_listener l)
{
	const struct wm_listener listeners[] = { l, { .url = NULL } };
	const struct wm_worker w[] = { { .name = "a", .listeners = listeners },
		{ .name = NULL } };

	return tabulate(w, "");
}

static void
options_of_sockets_are_judged(void **state)
{
	static const struct {
		struct wm_listener l;
		const char *why;
	} bad[] = {
		{ { .url = "udp://*:1", .delay = true }, "delay is not for" },
		{ { .url = "unix:///s", .keepalive = 1 }, "keepalive is not" },
		{ { .url = "udp://*:1", .defer_accept = 1 }, "defer_accept" },
		{ { .url = "udp://*:1", .backlog = 1 }, "backlog is not for" },
		{ { .url = "unix:///s", .device = "lo" }, "device is not for" },
		{ { .url = "unix:///s", .receive_buffer = 1 }, "receive_buf" },
		{ { .url = "unix:///s", .send_buffer = 1 }, "send_buffer is" },
		{ { .url = "text://*:1", .mode = 0600 }, "mode is not for" },
		{ { .url = "unix://@x", .mode = 0600 }, "mode is not for" },
		{ { .url = "unix://@x", .owner = "root" }, "owner is not for" },
		{ { .url = "text://*:1", .group = "root" }, "group is not" },
		{ { .url = "text://*:1", .keepalive = -2 },
		    "out of its range" },
		{ { .url = "text://*:1", .keepalive = 32768 }, "keepalive is" },
		{ { .url = "text://*:1", .defer_accept = 32768 }, "defer_acc" },
		{ { .url = "text://*:1", .backlog = 1u << 31 }, "backlog is" },
		{ { .url = "text://*:1", .send_buffer = UINT32_MAX }, "send" },
		{ { .url = "text://*:1", .receive_buffer = UINT32_MAX },
		    "receive_buffer is out" },
		{ { .url = "unix:///s", .mode = 01777 }, "mode is out of" },
		{ { .url = "text://*:1", .device = "no-such-if" },
		    "no network interface no-such-if" },
		{ { .url = "unix:///s", .owner = "no.such" }, "no user no.s" },
		{ { .url = "unix:///s", .group = "no.such" }, "no group no." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_null(tabulate_one(bad[i].l));
		if (strstr(error, bad[i].why) == NULL)
			fail_msg("%s: %s", bad[i].why, error);
		assert_memory_equal(error, "worker a: ", 10);
	}
}

static void
options_of_sockets_become_numbers(void **state)
{
	const struct wm__socket_options *o;
	struct wm__table *t =
	    tabulate_one((struct wm_listener){ .url = "text://*:1",
		.delay = true,
		.keepalive = -1,
		.defer_accept = 3,
		.backlog = 9,
		.device = "lo",
		.receive_buffer = 1,
		.send_buffer = 2 });

	(void)state;
	assert_non_null(t);
	o = t->rows[0].sockets;
	assert_int_equal(o->delay, 1);
	assert_int_equal(o->keepalive, WM__KEEPALIVE_OFF);
	assert_int_equal(o->defer_accept, 3);
	assert_int_equal(o->backlog, 9);
	assert_int_equal(o->receive_buffer, 1);
	assert_int_equal(o->send_buffer, 2);
	assert_string_equal(o->device, "lo");
	wm__table_free(&t);
	t = tabulate_one((struct wm_listener){ .url = "unix:///s",
	    .owner = "root",
	    .group = "root",
	    .mode = 0660 });
	assert_non_null(t);
	assert_int_equal(t->rows[0].sockets->owner, 1);
	assert_int_equal(t->rows[0].sockets->group, 1);
	assert_int_equal(t->rows[0].sockets->mode, 0660);
	wm__table_free(&t);
}

static void
too_many_rows_are_refused(void **state)
{
	static struct wm_worker many[WM__ROWS_MAX + 2];
	static char names[WM__ROWS_MAX + 1][8];
	struct wm__table *t;

	(void)state;
	for (size_t i = 0; i <= WM__ROWS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "w%zu", i);
		many[i].name = names[i];
	}
	refuses(many, "", "the program has 257 workers, 1 to 256 are possible");
	many[WM__ROWS_MAX].name = NULL;
	t = tabulate(many, "");
	assert_non_null(t);
	wm__table_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_table_becomes_canonical),
		cmocka_unit_test(the_command_line_overrides_it),
		cmocka_unit_test(overrides_must_meet_something),
		cmocka_unit_test(a_watchdog_waits_a_day_at_most),
		cmocka_unit_test(bad_names_are_refused),
		cmocka_unit_test(bad_listeners_are_refused),
		cmocka_unit_test(an_address_belongs_to_one_listener),
		cmocka_unit_test(a_socket_may_lie_in_the_run_directory),
		cmocka_unit_test(options_of_sockets_are_judged),
		cmocka_unit_test(options_of_sockets_become_numbers),
		cmocka_unit_test(too_many_rows_are_refused),
	};

	return UNIT_RUN(tests);
}
