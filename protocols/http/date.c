/* SPDX-License-Identifier: MIT */
/*
 * The Date field, formatted once a second and free of the locale.
 */
#include <string.h>
#include <time.h>

#include "date.h"

static void
put2(char *p, int n)
{
	p[0] = (char)('0' + n / 10 % 10);
	p[1] = (char)('0' + n % 10);
}

static void
format(char *text, const struct tm *tm)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	memcpy(text, "Date: ddd, 00 mmm 0000 00:00:00 GMT\r\n", HTTP_DATE_LEN);
	memcpy(text + 6, days + tm->tm_wday * 3, 3);
	put2(text + 11, tm->tm_mday);
	memcpy(text + 14, months + tm->tm_mon * 3, 3);
	put2(text + 18, (tm->tm_year + 1900) / 100);
	put2(text + 20, (tm->tm_year + 1900) % 100);
	put2(text + 23, tm->tm_hour);
	put2(text + 26, tm->tm_min);
	put2(text + 29, tm->tm_sec);
}

const char *
wm__http_date(int64_t now)
{
	static char text[HTTP_DATE_LEN];
	static int64_t at = -1;
	time_t t = (time_t)now;
	struct tm tm;

	if (now != at && gmtime_r(&t, &tm) != NULL) {
		format(text, &tm);
		at = now;
	}
	return text;
}
