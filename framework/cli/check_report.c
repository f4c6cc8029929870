/* SPDX-License-Identifier: MIT */
/* The findings of `check`: making and collecting them. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/cli/check.h"

static bool
finding_is_control(char ch)
{
	return (unsigned char)ch < 0x20 || ch == 0x7f;
}

void
wm__finding_set(struct wm__finding *f, enum wm__check_level level,
    const char *fmt, ...)
{
	va_list args;

	f->level = level;
	va_start(args, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, args);
	va_end(args);
	/* Paths may hold what a terminal would obey. */
	for (char *p = f->text; *p != '\0'; p++)
		if (finding_is_control(*p))
			*p = '?';
}

static void WM_PRINTF(2, 0)
    finding_mend(struct wm__finding *f, const char *fmt, va_list args)
{
	int n = vsnprintf(f->mend, sizeof(f->mend), fmt, args);

	/* Half a command, or one of several lines, is worse than none. */
	if (n < 0 || (size_t)n >= sizeof(f->mend))
		f->mend[0] = '\0';
	for (const char *p = f->mend; *p != '\0'; p++)
		if (finding_is_control(*p))
			f->mend[0] = '\0';
}

void
wm__finding_mend(struct wm__finding *f, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	finding_mend(f, fmt, args);
	va_end(args);
}

void
wm__finding_mend_as_root(struct wm__finding *f, const char *fmt, ...)
{
	va_list args;

	f->as_root = true;
	va_start(args, fmt);
	finding_mend(f, fmt, args);
	va_end(args);
}

const char *
wm__check_quote(const char *word, char *buf, size_t size)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-_./:@%+,=";
	bool quotes = *word == '\0' || word[strspn(word, plain)] != '\0';
	size_t len = 0;

	/* Each step puts at most four bytes, the end two. */
	if (quotes && size > 2)
		buf[len++] = '\'';
	for (; *word != '\0' && len + 6 < size; word++) {
		const char *put = *word == '\'' ? "'\\''" : NULL;

		for (; put != NULL && *put != '\0'; put++)
			buf[len++] = *put;
		if (*word != '\'')
			buf[len++] = *word;
	}
	if (*word != '\0')
		len = 0;
	else if (quotes)
		buf[len++] = '\'';
	buf[len] = '\0';
	return buf;
}

void
wm__report_add(struct wm__report *report, const struct wm__finding *f)
{
	if (report->n == report->room) {
		size_t room = report->room > 0 ? report->room * 2 : 32;
		struct wm__finding *all =
		    realloc(report->all, room * sizeof(*all));

		if (all == NULL) {
			report->failed = true;
			return;
		}
		report->all = all;
		report->room = room;
	}
	report->all[report->n] = *f;
	report->all[report->n].check = report->check;
	report->n++;
	report->level[f->level]++;
}

void
wm__report_fini(struct wm__report *report)
{
	free(report->all);
	*report = (struct wm__report){ 0 };
}
