/* SPDX-License-Identifier: MIT */
/*
 * What `check` prints: a line for each finding and, below it, the command that
 * mends it; or JSON.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/app.h>

#include "framework/cli/check.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/ipc/control.h"

static const char *const output_words[] = {
#define OUTPUT_WORD(name, word) word,
	WM__CHECK_LEVELS(OUTPUT_WORD)
#undef OUTPUT_WORD
};

static const char *const output_colours[] = {
	[WM__CHECK_OK] = "\033[32m",
	[WM__CHECK_WARN] = "\033[33m",
	[WM__CHECK_MISSING] = "\033[31m",
};

const char *
wm__check_level_word(enum wm__check_level level)
{
	return output_words[level];
}

/* Only root can do some things; others ask sudo. */
static const char *
output_prefix(const struct wm__finding *f)
{
	return f->as_root && geteuid() != 0 ? "sudo " : "";
}

/* ---- for people ---- */

/*
 * Writes words from column `at` on; a line that would pass `width` ends with
 * `tail` and goes on after `indent` columns. Only blanks break.
 */
static void
output_wrap(const char *text, size_t at, size_t indent, size_t width,
    const char *tail, struct wm_buf *out)
{
	size_t column = at;
	bool first = true;

	while (*text != '\0') {
		size_t blanks = strspn(text, " ");
		size_t word = strcspn(text + blanks, " ");

		if (!first && width > 0 &&
		    column + blanks + word + strlen(tail) > width) {
			wm_buf_printf(out, "%s\n%*s", tail, (int)indent, "");
			column = indent;
		} else {
			wm_buf_put(out, text, blanks);
			column += blanks;
		}
		wm_buf_put(out, text + blanks, word);
		column += word;
		text += blanks + word;
		first = false;
	}
	wm_buf_puts(out, "\n");
}

static void
output_finding(const struct wm__finding *f, size_t width, bool colour,
    struct wm_buf *out)
{
	static const size_t indent = 22; /* "missing  certificate  " */
	char mend[sizeof(f->mend) + 16];

	wm_buf_printf(out, "%s%-7s%s  %-11s  ",
	    colour ? output_colours[f->level] : "", output_words[f->level],
	    colour ? "\033[0m" : "", f->check);
	output_wrap(f->text, indent, indent, width, "", out);
	if (f->mend[0] == '\0')
		return;
	wm_buf_printf(out, "%*s", (int)indent, "");
	snprintf(mend, sizeof(mend), "$ %s%s", output_prefix(f), f->mend);
	output_wrap(mend, indent, indent + 4, width, " \\", out);
}

void
wm__check_write_text(const struct wm__report *report,
    const struct wm__check *check, size_t width, struct wm_buf *out)
{
	const char *no = getenv("NO_COLOR");
	bool colour = width > 0 && (no == NULL || *no == '\0');
	bool quiet = check->cli->options->quiet;

	for (size_t i = 0; i < report->n; i++)
		if (!quiet || report->all[i].level == WM__CHECK_MISSING)
			output_finding(&report->all[i], width, colour, out);
	if (!quiet)
		wm_buf_printf(out, "%s: %zu ok, %zu warn, %zu missing\n",
		    check->cli->app->name, report->level[WM__CHECK_OK],
		    report->level[WM__CHECK_WARN],
		    report->level[WM__CHECK_MISSING]);
}

/* ---- for programs ---- */

/* Bytes of the UTF-8 character at s; 0 when it is none (RFC 3629). */
static size_t
output_character(const char *s)
{
	/* First byte up to, bytes, range of the second one. */
	static const struct {
		unsigned char last, len, low, high;
	} rows[] = {
		{ 0x7f, 1, 0, 0 },
		{ 0xc1, 0, 0, 0 },
		{ 0xdf, 2, 0x80, 0xbf },
		{ 0xe0, 3, 0xa0, 0xbf },
		{ 0xec, 3, 0x80, 0xbf },
		{ 0xed, 3, 0x80, 0x9f },
		{ 0xef, 3, 0x80, 0xbf },
		{ 0xf0, 4, 0x90, 0xbf },
		{ 0xf3, 4, 0x80, 0xbf },
		{ 0xf4, 4, 0x80, 0x8f },
		{ 0xff, 0, 0, 0 },
	};
	const unsigned char *u = (const unsigned char *)s;
	size_t i = 0;

	while (u[0] > rows[i].last)
		i++;
	if (rows[i].len > 1 && (u[1] < rows[i].low || u[1] > rows[i].high))
		return 0;
	for (size_t k = 2; k < rows[i].len; k++)
		if (u[k] < 0x80 || u[k] > 0xbf)
			return 0;
	return rows[i].len;
}

/* Paths are bytes; what is no UTF-8 becomes U+FFFD. */
static void
output_string(const char *s, struct wm_buf *out)
{
	wm_buf_puts(out, "\"");
	while (*s != '\0') {
		size_t len = output_character(s);

		if (len == 0)
			wm_buf_puts(out, "\\ufffd");
		else if (len == 1 && ((unsigned char)*s < 0x20 || *s == 0x7f))
			wm_buf_printf(out, "\\u%04x", (unsigned char)*s);
		else {
			wm_buf_puts(out, *s == '"' || *s == '\\' ? "\\" : "");
			wm_buf_put(out, s, len);
		}
		s += len > 0 ? len : 1;
	}
	wm_buf_puts(out, "\"");
}

static void
output_json_finding(const struct wm__finding *f, struct wm_buf *out)
{
	char mend[sizeof(f->mend) + 16];

	snprintf(mend, sizeof(mend), "%s%s",
	    f->mend[0] != '\0' ? output_prefix(f) : "", f->mend);
	wm_buf_printf(out,
	    "{\"check\": \"%s\", \"level\": \"%s\", \"text\": ", f->check,
	    output_words[f->level]);
	output_string(f->text, out);
	wm_buf_puts(out, ", \"mend\": ");
	if (*mend != '\0')
		output_string(mend, out);
	else
		wm_buf_puts(out, "null");
	wm_buf_puts(out, "}");
}

void
wm__check_write_json(const struct wm__report *report,
    const struct wm__check *check, struct wm_buf *out)
{
	const struct wm_app *app = check->cli->app;

	wm_buf_puts(out, "{\n  \"name\": ");
	output_string(app->name, out);
	wm_buf_puts(out, ",\n  \"version\": ");
	output_string(app->version != NULL ? app->version : "", out);
	wm_buf_printf(out, ",\n  \"framework\": \"%s\"", PACKAGE_VERSION);
	for (int i = 0; i < WM__CHECK_LEVEL_COUNT; i++)
		wm_buf_printf(out, ",\n  \"%s\": %zu", output_words[i],
		    report->level[i]);
	wm_buf_puts(out, ",\n  \"findings\": [");
	for (size_t i = 0; i < report->n; i++) {
		wm_buf_puts(out, i > 0 ? ",\n    " : "\n    ");
		output_json_finding(&report->all[i], out);
	}
	wm_buf_puts(out, "\n  ]\n}\n");
}
