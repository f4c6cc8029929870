/* SPDX-License-Identifier: MIT */
/*
 * Cron expressions: reading them, and the calendar that finds the next time.
 *
 * Days are looked for in the calendar of the place, without a thought of
 * clocks that change; only the hour and minute that were found become an
 * instant. One that a changed clock skips is the instant of the change; of one
 * that comes twice the first counts. Where any hour will do, no hour is
 * special, and the change is none either: those are looked for minute by
 * minute as the clock shows them.
 */
#include "config.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <workerman/error.h>

#include "framework/base/cron.h"

#define CRON_YEARS     41 /* until a date falls on each day of the week */
#define CRON_MINUTE    60
#define CRON_DAY       86400
#define CRON_HOURS_ALL 0xffffffu

/* ---- reading ---- */

struct cron_field {
	unsigned min, max;
	const char *names; /* of three letters each, for min and on; or null */
	const char *error;
};

enum { CRON_MINUTES, CRON_HOURS, CRON_DAYS, CRON_MONTHS, CRON_WEEKDAYS };

static const struct cron_field cron_fields[] = {
	[CRON_MINUTES] = { 0, 59, NULL,
	    "the first field is not of minutes, 0 to 59" },
	[CRON_HOURS] = { 0, 23, NULL,
	    "the second field is not of hours, 0 to 23" },
	[CRON_DAYS] = { 1, 31, NULL,
	    "the third field is not of days of the month, 1 to 31" },
	[CRON_MONTHS] = { 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC",
	    "the fourth field is not of months, 1 to 12 or JAN to DEC" },
	[CRON_WEEKDAYS] = { 0, 7, "SUNMONTUEWEDTHUFRISAT",
	    "the fifth field is not of days of the week, 0 to 7 or SUN to "
	    "SAT" },
};

/* A number or name at *s, which moves behind it; -1: neither. */
static int
cron_value(const struct cron_field *field, const char **s)
{
	unsigned n = 0;

	if (isdigit((unsigned char)**s)) {
		for (; isdigit((unsigned char)**s); (*s)++)
			if ((n = n * 10 + (unsigned)(**s - '0')) > field->max)
				return -1;
		return n >= field->min ? (int)n : -1;
	}
	for (const char *name = field->names; name != NULL && *name != '\0';
	     name += 3, n++)
		if (strncasecmp(*s, name, 3) == 0) {
			*s += 3;
			return (int)(field->min + n);
		}
	return -1;
}

/* "/5" at *s, or nothing, which is 1; -1: neither. */
static int
cron_step(const char **s)
{
	int n = 0;

	if (**s != '/')
		return 1;
	for ((*s)++; isdigit((unsigned char)**s); (*s)++)
		if ((n = n * 10 + (**s - '0')) > 99)
			return -1;
	return n > 0 ? n : -1;
}

/* A star, a value, or a range, with a step or without, as bits; 0: none. */
static uint64_t
cron_part(const struct cron_field *field, const char **s)
{
	int from = (int)field->min, to = (int)field->max, step;
	bool alone = false;
	uint64_t bits = 0;

	if (**s == '*')
		(*s)++;
	else {
		from = to = cron_value(field, s);
		alone = true;
		if (from >= 0 && **s == '-') {
			(*s)++;
			to = cron_value(field, s);
			alone = false;
		}
	}
	if (alone && **s == '/') /* from there on */
		to = (int)field->max;
	step = cron_step(s);
	if (from < 0 || to < from || step < 0)
		return 0;
	for (; from <= to; from += step)
		bits |= UINT64_C(1) << from;
	return bits;
}

static const char *
cron_skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

/* A field with its commas, up to a blank or the end; 0: it is none. */
static uint64_t
cron_read_field(const struct cron_field *field, const char **s)
{
	uint64_t bits = 0, part;

	for (;;) {
		part = cron_part(field, s);
		bits |= part;
		if (part == 0 || **s != ',')
			break;
		(*s)++;
	}
	if (part == 0 || (**s != '\0' && **s != ' ' && **s != '\t'))
		return 0;
	*s = cron_skip_blanks(*s);
	return bits;
}

/* Whether any of its months has any of its days. */
static bool
cron_is_possible(const struct wm__cron *cron)
{
	static const unsigned char longest[] = { 0, 31, 29, 31, 30, 31, 30, 31,
		31, 30, 31, 30, 31 };

	for (unsigned m = 1; m <= 12; m++)
		if ((cron->months >> m & 1) != 0 &&
		    (cron->days & (UINT32_MAX >> (31 - longest[m]))) != 0)
			return true;
	return !cron->any_weekday; /* then those count, too */
}

int
wm__cron_parse(struct wm__cron *cron, const char *expression,
    const char **error_r)
{
	const char *s = cron_skip_blanks(expression);
	uint64_t bits[5];
	bool star[5];

	for (int i = 0; i < 5; i++) {
		*error_r = "there are not five fields";
		if (*s == '\0')
			return WM_E_INVALID;
		*error_r = cron_fields[i].error;
		star[i] = *s == '*';
		bits[i] = cron_read_field(&cron_fields[i], &s);
		if (bits[i] == 0)
			return WM_E_INVALID;
	}
	*error_r = "there are more than five fields";
	if (*s != '\0')
		return WM_E_INVALID;
	*cron = (struct wm__cron){ .minutes = bits[CRON_MINUTES],
		.hours = (uint32_t)bits[CRON_HOURS],
		.days = (uint32_t)bits[CRON_DAYS],
		.months = (uint32_t)bits[CRON_MONTHS],
		.weekdays = (uint32_t)(bits[CRON_WEEKDAYS] & 127) |
		    (uint32_t)(bits[CRON_WEEKDAYS] >> 7 & 1),
		.any_hour = bits[CRON_HOURS] == CRON_HOURS_ALL,
		.any_day = star[CRON_DAYS],
		.any_weekday = star[CRON_WEEKDAYS] };
	*error_r = "no month that it names has such a day";
	return cron_is_possible(cron) ? 0 : WM_E_INVALID;
}

/* ---- the calendar ---- */

/* The days since 1970 of a date (Hinnant's algorithm), months from 1. */
static int64_t
cron_days(int64_t y, unsigned m, unsigned d)
{
	int64_t era;
	unsigned yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = (unsigned)(y - era * 400);
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + (int64_t)doe - 719468;
}

static void
cron_date(int64_t days, int64_t *y_r, unsigned *m_r, unsigned *d_r)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	*d_r = doy - (153 * mp + 2) / 5 + 1;
	*m_r = mp < 10 ? mp + 3 : mp - 9;
	*y_r = (int64_t)yoe + era * 400 + (*m_r <= 2);
}

static int64_t
cron_floor(int64_t n, int64_t unit)
{
	int64_t rest = n % unit;

	return rest < 0 ? n - rest - unit : n - rest;
}

/* Days of the month and of the week: if both are named, either will do. */
static bool
cron_has_day(const struct wm__cron *cron, int64_t days)
{
	unsigned weekday =
	    (unsigned)((days % 7 + 11) % 7); /* a Thursday, 1970 */
	bool by_week = (cron->weekdays >> weekday & 1) != 0;
	bool by_month;
	int64_t y;
	unsigned m, d;

	cron_date(days, &y, &m, &d);
	if ((cron->months >> m & 1) == 0)
		return false;
	by_month = (cron->days >> d & 1) != 0;
	if (cron->any_day || cron->any_weekday)
		return by_month && by_week;
	return by_month || by_week;
}

/* The first such day from that one on; the 1st of a month that is not meant is
   enough to pass over it. INT64_MAX: none. */
static int64_t
cron_next_day(const struct wm__cron *cron, int64_t days)
{
	int64_t last = days + CRON_YEARS * INT64_C(366), y;
	unsigned m, d;

	while (days < last) {
		if (cron_has_day(cron, days))
			return days;
		cron_date(days, &y, &m, &d);
		if ((cron->months >> m & 1) == 0)
			days = m < 12 ? cron_days(y, m + 1, 1) :
					cron_days(y + 1, 1, 1);
		else
			days++;
	}
	return INT64_MAX;
}

/* The lowest bit from `from` on; -1: none. */
static int
cron_bit(uint64_t bits, int from)
{
	for (; from < 64; from++)
		if ((bits >> from & 1) != 0)
			return from;
	return -1;
}

/* Of that day, the first time from minute `from` on; -1: none. */
static int
cron_minute_of_day(const struct wm__cron *cron, int from)
{
	int hour = from / 60, minute = from % 60;

	if (hour > 23)
		return -1;
	if ((cron->hours >> hour & 1) != 0) {
		int m = cron_bit(cron->minutes, minute);

		if (m >= 0)
			return hour * 60 + m;
	}
	hour = cron_bit(cron->hours, hour + 1);
	return hour < 0 ? -1 : hour * 60 + cron_bit(cron->minutes, 0);
}

/* The first time on the calendar, as if it were UTC, from `local` on. */
static int64_t
cron_next_local(const struct wm__cron *cron, int64_t local)
{
	int64_t start = cron_floor(local + CRON_MINUTE - 1, CRON_MINUTE);
	int64_t today = cron_floor(start, CRON_DAY) / CRON_DAY;
	int64_t day = cron_next_day(cron, today);
	int minute = -1;

	if (day == today) {
		minute = cron_minute_of_day(cron,
		    (int)((start - today * CRON_DAY) / CRON_MINUTE));
		if (minute < 0)
			day = cron_next_day(cron, today + 1);
	}
	if (day == INT64_MAX)
		return INT64_MAX;
	if (minute < 0)
		minute = cron_minute_of_day(cron, 0);
	return day * CRON_DAY + (int64_t)minute * CRON_MINUTE;
}

/* ---- clocks that change ---- */

/* How far the clocks of the place are ahead of UTC. */
static int64_t
cron_ahead(int64_t instant)
{
	time_t t = (time_t)instant;
	struct tm tm;

	return localtime_r(&t, &tm) != NULL ? (int64_t)tm.tm_gmtoff : 0;
}

/* The first instant behind `before` at which clocks are `ahead`. */
static int64_t
cron_change(int64_t before, int64_t after, int64_t ahead)
{
	while (after - before > 1) {
		int64_t middle = before + (after - before) / 2;

		if (cron_ahead(middle) == ahead)
			after = middle;
		else
			before = middle;
	}
	return after;
}

/* When clocks first show that time, or change past it. */
static int64_t
cron_instant(int64_t local)
{
	int64_t early = local - CRON_DAY, late = local + CRON_DAY;
	int64_t before = cron_ahead(early), after = cron_ahead(late);
	int64_t a = local - before, b = local - after;

	if (cron_ahead(a) == before && (a <= b || cron_ahead(b) != after))
		return a;
	if (cron_ahead(b) == after)
		return b;
	return cron_change(early, late, after);
}

/* Hours are named: found on the calendar, then on the clock. */
static int64_t
cron_next_named(const struct wm__cron *cron, int64_t after)
{
	int64_t local = after + cron_ahead(after), instant;

	for (;;) {
		local = cron_next_local(cron, local + 1);
		if (local == INT64_MAX)
			return 0;
		instant = cron_instant(local);
		if (instant > after)
			return instant;
	}
}

/* Any hour: each that comes, whatever it is called; between two changes of the
   clocks at a time. */
static int64_t
cron_next_any(const struct wm__cron *cron, int64_t after)
{
	int64_t from = after + 1;

	for (;;) {
		int64_t ahead = cron_ahead(from);
		int64_t local = cron_next_local(cron, from + ahead), then;

		if (local == INT64_MAX)
			return 0;
		then = cron_ahead(local - ahead);
		if (then == ahead)
			return local - ahead;
		from = cron_change(from, local - ahead, then);
	}
}

int64_t
wm__cron_next(const struct wm__cron *cron, int64_t after)
{
	return cron->any_hour ? cron_next_any(cron, after) :
				cron_next_named(cron, after);
}
