/* SPDX-License-Identifier: MIT */
/* Cron expressions: what is one, and when it is next. Time zones are spelled
   out, so that none need be installed. */
#include <time.h>

#include <workerman/error.h>

#include "framework/base/cron.h"
#include "tests/support/unit.h"

#define BERLIN    "CET-1CEST,M3.5.0/2,M10.5.0/3"
#define LORD_HOWE "LHST-10:30LHDT-11,M10.1.0/2,M4.1.0/2"
#define SANTIAGO  "CLT4CLST,M9.1.0/0,M4.1.0/0" /* changes at midnight */

static void
in_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* "2024-02-29 12:00" in UTC */
static int64_t
utc(const char *text)
{
	struct tm tm = { 0 };

	assert_int_equal(sscanf(text, "%d-%d-%d %d:%d", &tm.tm_year, &tm.tm_mon,
			     &tm.tm_mday, &tm.tm_hour, &tm.tm_min),
	    5);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)timegm(&tm);
}

static struct wm__cron
parse(const char *expression)
{
	struct wm__cron cron;
	const char *why = "";

	if (wm__cron_parse(&cron, expression, &why) != 0)
		fail_msg("%s: %s", expression, why);
	return cron;
}

static const char *
show(int64_t t)
{
	static char text[4][32];
	static unsigned i;
	time_t time = (time_t)t;
	struct tm tm;

	strftime(text[++i % 4], sizeof(text[0]), "%Y-%m-%d %H:%M",
	    gmtime_r(&time, &tm));
	return text[i % 4];
}

/* The times after `from`, all in UTC, with commas between them. */
static void
assert_next(const char *expression, const char *from, const char *times)
{
	struct wm__cron cron = parse(expression);
	int64_t t = utc(from);

	while (times != NULL) {
		t = wm__cron_next(&cron, t);
		if (strncmp(show(t), times, 16) != 0)
			fail_msg("%s from %s: %s, not %s", expression, from,
			    show(t), times);
		times = strchr(times, ',');
		if (times != NULL)
			times++;
	}
}

static void
knows_values_lists_ranges_steps_and_names(void **state)
{
	static const struct {
		const char *expression, *from, *times;
	} cases[] = {
		{ "* * * * *", "2024-01-01 00:00",
		    "2024-01-01 00:01,2024-01-01 00:02" },
		{ "*/5 * * * *", "2024-01-01 00:00",
		    "2024-01-01 00:05,2024-01-01 00:10" },
		{ "*/25 * * * *", "2024-01-01 00:00",
		    "2024-01-01 00:25,2024-01-01 00:50,2024-01-01 01:00" },
		{ "10/25 * * * *", "2024-01-01 00:00",
		    "2024-01-01 00:10,2024-01-01 00:35,2024-01-01 01:10" },
		{ "0-10/5,59 4 * * *", "2024-01-01 00:00",
		    "2024-01-01 04:00,2024-01-01 04:05,2024-01-01 04:10,"
		    "2024-01-01 04:59,2024-01-02 04:00" },
		{ "30 23 31 12 *", "2024-01-01 00:00",
		    "2024-12-31 23:30,2025-12-31 23:30" },
		{ "0 0 1 JAN,jul *", "2024-01-01 00:00",
		    "2024-07-01 00:00,2025-01-01 00:00" },
		{ "0 9 * * MON-FRI", "2024-03-01 10:00",
		    "2024-03-04 09:00,2024-03-05 09:00" },
		{ "0 9 * * 7", "2024-03-01 10:00",
		    "2024-03-03 09:00,2024-03-10 09:00" },
		{ "0 9 * * 0", "2024-03-01 10:00", "2024-03-03 09:00" },
		{ "0 9 * * 5-7", "2024-03-01 10:00",
		    "2024-03-02 09:00,2024-03-03 09:00,2024-03-08 09:00" },
		{ "0 9 * * sun-tue", "2024-03-01 10:00",
		    "2024-03-03 09:00,2024-03-04 09:00,2024-03-05 09:00" },
		{ " 0\t9  * *\t* ", "2024-03-01 10:00", "2024-03-02 09:00" },
		{ "07 08 09 010 *", "2024-03-01 10:00", "2024-10-09 08:07" },
	};

	(void)state;
	in_zone("UTC0");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_next(cases[i].expression, cases[i].from, cases[i].times);
}

static void
knows_how_long_months_are(void **state)
{
	(void)state;
	in_zone("UTC0");
	assert_next("0 0 31 * *", "2023-01-01 00:00",
	    "2023-01-31 00:00,2023-03-31 00:00,2023-05-31 00:00,"
	    "2023-07-31 00:00,2023-08-31 00:00");
	assert_next("0 0 30 2,4 *", "2023-01-01 00:00",
	    "2023-04-30 00:00,2024-04-30 00:00");
	assert_next("59 23 29 2 *", "2023-01-01 00:00",
	    "2024-02-29 23:59,2028-02-29 23:59");
	assert_next("0 0 29 2 *", "2096-03-01 00:00", "2104-02-29 00:00");
	assert_next("0 0 29 2 *", "1999-01-01 00:00", "2000-02-29 00:00");
}

/* If both fields are restricted either will do; "begins with a star" is not
   restricted, so that both must be. */
static void
knows_when_either_day_will_do(void **state)
{
	(void)state;
	in_zone("UTC0");
	assert_next("0 0 13 * FRI", "2024-09-01 00:00",
	    "2024-09-06 00:00,2024-09-13 00:00,2024-09-20 00:00,"
	    "2024-09-27 00:00,2024-10-04 00:00,2024-10-11 00:00,"
	    "2024-10-13 00:00");
	assert_next("0 0 30 2 MON", "2024-02-01 00:00",
	    "2024-02-05 00:00,2024-02-12 00:00");
	assert_next("0 0 */2 * MON", "2024-09-01 00:00",
	    "2024-09-09 00:00,2024-09-23 00:00,2024-10-07 00:00");
	assert_next("0 0 */31 1 MON", "2008-01-01 00:00", "2018-01-01 00:00");
}

static void
says_what_is_wrong(void **state)
{
	static const struct {
		const char *expression, *word;
	} cases[] = {
		{ "", "not five" },
		{ "   ", "not five" },
		{ "* * * *", "not five" },
		{ "* * * * * *", "more than five" },
		{ "60 * * * *", "first" },
		{ "-1 * * * *", "first" },
		{ "5- * * * *", "first" },
		{ "9-5 * * * *", "first" },
		{ "*/0 * * * *", "first" },
		{ "*/ * * * *", "first" },
		{ "*/100 * * * *", "first" },
		{ "1,, * * * *", "first" },
		{ ",1 * * * *", "first" },
		{ "1, * * * *", "first" },
		{ "*5 * * * *", "first" },
		{ "1.5 * * * *", "first" },
		{ "99999999999999999999 * * * *", "first" },
		{ "*/99999999999999999999 * * * *", "first" },
		{ "@daily", "first" },
		{ "* 24 * * *", "second" },
		{ "* MON * * *", "second" },
		{ "* * 0 * *", "third" },
		{ "* * 32 * *", "third" },
		{ "* * * 0 *", "fourth" },
		{ "* * * 13 *", "fourth" },
		{ "* * * JANUARY *", "fourth" },
		{ "* * * JA", "fourth" },
		{ "* * * * 8", "fifth" },
		{ "* * * * SAT-SUN", "fifth" },
		{ "* * * * ?", "fifth" },
		{ "0 0 30 2 *", "no month" },
		{ "0 0 31 2,4,6,9,11 *", "no month" },
	};
	struct wm__cron cron;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		why = "";
		assert_int_equal(wm__cron_parse(&cron, cases[i].expression,
				     &why),
		    WM_E_INVALID);
		if (strstr(why, cases[i].word) == NULL)
			fail_msg("%s: %s", cases[i].expression, why);
	}
}

/* 2024-03-31 02:00 is 03:00 in Berlin, 01:00 UTC. */
static void
makes_up_for_an_hour_that_is_skipped(void **state)
{
	(void)state;
	in_zone(BERLIN);
	assert_next("30 2 * * *", "2024-03-29 12:00",
	    "2024-03-30 01:30,2024-03-31 01:00,2024-04-01 00:30");
	assert_next("0,10,30 2,3 * * *", "2024-03-31 00:00",
	    "2024-03-31 01:00,2024-03-31 01:10,2024-03-31 01:30,"
	    "2024-04-01 00:00");
	/* what is to be in every hour has missed none */
	assert_next("30 * * * *", "2024-03-31 00:00",
	    "2024-03-31 00:30,2024-03-31 01:30,2024-03-31 02:30");
	assert_next("30 2 31 3 *", "2024-03-01 00:00",
	    "2024-03-31 01:00,2025-03-31 00:30");
	in_zone(SANTIAGO); /* 2024-09-01 00:00 is 01:00, 04:00 UTC */
	assert_next("0 0 * * *", "2024-08-31 05:00",
	    "2024-09-01 04:00,2024-09-02 03:00");
	in_zone(LORD_HOWE); /* half an hour: 2024-10-06 02:00 is 02:30 */
	assert_next("15 2 * * *", "2024-10-05 12:00",
	    "2024-10-05 15:30,2024-10-06 15:15");
}

/* 2024-10-27 03:00 is 02:00 in Berlin, 01:00 UTC. */
static void
does_not_repeat_an_hour_that_comes_twice(void **state)
{
	(void)state;
	in_zone(BERLIN);
	assert_next("30 2 * * *", "2024-10-26 12:00",
	    "2024-10-27 00:30,2024-10-28 01:30");
	assert_next("*/20 2 * * *", "2024-10-27 00:30",
	    "2024-10-27 00:40,2024-10-28 01:00");
	assert_next("0 2,3 * * *", "2024-10-26 23:00",
	    "2024-10-27 00:00,2024-10-27 02:00");
	/* asked in the second one */
	assert_next("30 2 * * *", "2024-10-27 01:10", "2024-10-28 01:30");
	/* what is to be in every hour is in both */
	assert_next("30 * * * *", "2024-10-26 23:40",
	    "2024-10-27 00:30,2024-10-27 01:30,2024-10-27 02:30");
	assert_next("*/30 * 27 10 *", "2024-10-27 00:10",
	    "2024-10-27 00:30,2024-10-27 01:00,2024-10-27 01:30");
	in_zone(LORD_HOWE); /* 2024-04-07 02:00 is 01:30 */
	assert_next("45 1 * * *", "2024-04-06 12:00",
	    "2024-04-06 14:45,2024-04-07 15:15");
}

/* A model that looks at every minute; for what does not name hours. */
static bool
has_minute(const struct wm__cron *cron, int64_t t)
{
	time_t time = (time_t)t;
	bool day, weekday;
	struct tm tm;

	localtime_r(&time, &tm);
	day = (cron->days >> tm.tm_mday & 1) != 0;
	weekday = (cron->weekdays >> tm.tm_wday & 1) != 0;
	return (cron->minutes >> tm.tm_min & 1) != 0 &&
	    (cron->hours >> tm.tm_hour & 1) != 0 &&
	    (cron->months >> (tm.tm_mon + 1) & 1) != 0 &&
	    (cron->any_day || cron->any_weekday ? day && weekday :
						  day || weekday);
}

static void
agrees_with_a_look_at_every_minute(void **state)
{
	static const char *const expressions[] = { "*/7 * * * *",
		"3,59 * 27-31 3,10 *", "0 * * OCT SUN", "15 * 1 * TUE",
		"*/20 * */9 * SUN" };
	static const char *const zones[] = { "UTC0", BERLIN, LORD_HOWE,
		SANTIAGO, "IST-5:30" };
	int64_t from, to, t, next;

	(void)state;
	for (size_t z = 0; z < sizeof(zones) / sizeof(*zones); z++) {
		in_zone(zones[z]);
		for (size_t i = 0;
		     i < sizeof(expressions) / sizeof(*expressions); i++) {
			struct wm__cron cron = parse(expressions[i]);

			from = utc("2024-03-20 00:00");
			to = utc("2024-11-10 00:00");
			next = wm__cron_next(&cron, from);
			for (t = from + 60; t < to; t += 60) {
				if (has_minute(&cron, t) != (t == next))
					fail_msg("%s in %s: %s", expressions[i],
					    zones[z], show(t));
				if (t == next)
					next = wm__cron_next(&cron, t);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_values_lists_ranges_steps_and_names),
		cmocka_unit_test(knows_how_long_months_are),
		cmocka_unit_test(knows_when_either_day_will_do),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(makes_up_for_an_hour_that_is_skipped),
		cmocka_unit_test(does_not_repeat_an_hour_that_comes_twice),
		cmocka_unit_test(agrees_with_a_look_at_every_minute),
	};

	return UNIT_RUN(tests);
}
