/* SPDX-License-Identifier: MIT */
#include "framework/ipc/metrics.h"
#include "tests/support/unit.h"

static struct wm_buf out;

static const char *
render(const char *rows)
{
	out.len = 0;
	wm__metrics_render(rows, &out);
	wm_buf_put(&out, "", 1);
	assert_false(out.failed);
	return out.data;
}

static void
has(const char *text, const char *line)
{
	if (strstr(text, line) == NULL)
		fail_msg("lacks %s in\n%s", line, text);
}

static void
nothing_is_an_end_alone(void **state)
{
	(void)state;
	assert_string_equal(render(""), "# EOF\n");
}

static void
a_gauge_has_a_type_a_counter_only_its_suffix(void **state)
{
	const char *text = render("ROW worker worker=a requests=7\n"
				  "ROW process worker=a slot=0 timers=3\n");

	(void)state;
	has(text,
	    "# TYPE workerman_timers gauge\n"
	    "workerman_timers{worker=\"a\",slot=\"0\"} 3\n");
	has(text, "\nworkerman_requests_total{worker=\"a\"} 7\n");
	assert_null(strstr(text, "TYPE workerman_requests_total"));
}

static void
units_are_seconds_and_ratios(void **state)
{
	const char *text =
	    render("ROW master uptime_ms=61005\n"
		   "ROW process worker=a slot=0 cpu_permille=125\n");

	(void)state;
	has(text, "workerman_uptime_seconds 61.005\n");
	has(text, "workerman_cpu_ratio{worker=\"a\",slot=\"0\"} 0.125\n");
}

static void
processes_of_a_slot_are_one_sample(void **state)
{
	const char *text =
	    render("ROW process worker=a slot=0 connections=1\n"
		   "ROW process worker=a slot=0 connections=2\n"
		   "ROW process worker=a slot=1 connections=4\n");

	(void)state;
	has(text,
	    "workerman_connections{worker=\"a\",slot=\"0\"} 3\n"
	    "workerman_connections{worker=\"a\",slot=\"1\"} 4\n");
}

static void
states_are_counted_by_worker(void **state)
{
	const char *text = render("ROW process worker=a slot=0 state=idle\n"
				  "ROW process worker=a slot=1 state=busy\n"
				  "ROW process worker=a slot=2 state=idle\n"
				  "ROW process worker=b slot=0 state=idle\n");

	(void)state;
	has(text,
	    "workerman_processes{worker=\"a\",state=\"idle\"} 2\n"
	    "workerman_processes{worker=\"a\",state=\"busy\"} 1\n"
	    "workerman_processes{worker=\"b\",state=\"idle\"} 1\n");
}

static void
labels_are_escaped(void **state)
{
	const char *text =
	    render("ROW master name=a%22b%5Cc%0Ad version=%ff\n");

	(void)state;
	has(text,
	    "workerman_info{name=\"a\\\"b\\\\c\\nd\","
	    "version=\"\xef\xbf\xbd\",");
}

static void
what_is_not_told_has_no_sample(void **state)
{
	const char *text = render("ROW master reload_result=none\n");

	(void)state;
	assert_null(strstr(text, "reload"));
	text = render("ROW master reload_result=done reload_ms=500\n");
	has(text, "workerman_last_reload_successful 1\n");
	has(text, "workerman_last_reload_duration_seconds 0.500\n");
	text = render("ROW master reload_result=refused\n");
	has(text, "workerman_last_reload_successful 0\n");
}

static int
tear_down(void **state)
{
	(void)state;
	wm_buf_fini(&out);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_an_end_alone),
		cmocka_unit_test(a_gauge_has_a_type_a_counter_only_its_suffix),
		cmocka_unit_test(units_are_seconds_and_ratios),
		cmocka_unit_test(processes_of_a_slot_are_one_sample),
		cmocka_unit_test(states_are_counted_by_worker),
		cmocka_unit_test(labels_are_escaped),
		cmocka_unit_test(what_is_not_told_has_no_sample),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
