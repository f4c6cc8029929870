/* SPDX-License-Identifier: MIT */
/*
 * `status -w`: on a terminal a screen that is drawn anew, with keys; elsewhere
 * one block of lines after another.
 */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "framework/base/clock.h"
#include "framework/cli/command.h"
#include "framework/cli/status.h"
#include "framework/cli/terminal.h"
#include "framework/ipc/control.h"
#include "framework/ipc/facts.h"
#include "framework/ipc/rows.h"

#define WATCH_MS 1000

struct watch {
	const struct wm__rundir *dir;
	bool screen;
	struct wm__status_look look;
	struct wm_buf rows; /* of the last answer */
	struct wm_buf text, frame;
	bool separate; /* this block from the one before */
	char why[256]; /* it ended */
};

/* ---- the screen ---- */

/* As many bytes of a line as fill `width` columns; escapes take none. */
static size_t
watch_fit(const char *line, size_t len, size_t width)
{
	size_t at = 0, columns = 0;

	while (at < len) {
		unsigned char c = (unsigned char)line[at];

		if (c == '\033') {
			while (at < len && line[at] != 'm')
				at++;
			at++;
			continue;
		}
		columns += (c & 0xc0) != 0x80;
		if (columns > width)
			break;
		at++;
	}
	return at < len ? at : len;
}

static size_t
watch_lines(const struct wm_buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += text->data[i] == '\n';
	return n;
}

/* Every line over the old one, then nothing below; never the last line of
   the screen, which would scroll. */
static void
watch_frame(struct watch *w, size_t height)
{
	const char *line = w->text.data, *end = line + w->text.len;
	size_t lines = 0;

	wm_buf_puts(&w->frame, "\033[H");
	for (; line < end && lines + 1 < height; lines++) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t len =
		    stop != NULL ? (size_t)(stop - line) : (size_t)(end - line);

		wm_buf_put(&w->frame, line,
		    watch_fit(line, len, w->look.width));
		wm_buf_puts(&w->frame, "\033[K\r\n");
		line += len + 1;
	}
	wm_buf_puts(&w->frame, "\033[J");
}

static void
watch_keys(struct watch *w)
{
	const struct wm__fact *fact = wm__facts_of("process")->facts;

	wm_buf_puts(&w->text, "\nkeys: q ends;");
	for (; fact->key != NULL; fact++)
		if (fact->letter != '\0')
			wm_buf_printf(&w->text, " %c", fact->letter);
	wm_buf_puts(&w->text, " sort by the columns, again: reversed\n");
}

static void
watch_compose(struct watch *w)
{
	w->text.len = 0;
	wm__status_text(w->rows.data, &w->look, &w->text);
	if (w->screen)
		watch_keys(w);
}

/* As many processes as leave room for all the rest. */
static void
watch_compose_within(struct watch *w, size_t height)
{
	const char *rows = w->rows.data;
	char line[WM__ROW_MAX];
	size_t n = 0, over;

	w->look.lines = 0;
	watch_compose(w);
	if (!w->screen || watch_lines(&w->text) < height)
		return;
	while (wm__rows_next(&rows, "process", line))
		n++;
	over = watch_lines(&w->text) + 2 - height;
	w->look.lines = n > over ? n - over : 1;
	watch_compose(w);
}

static bool
watch_draw(struct watch *w)
{
	size_t height;

	w->frame.len = 0;
	wm__terminal_size(&w->look.width, &height);
	watch_compose_within(w, height);
	if (w->screen)
		watch_frame(w, height);
	else
		wm_buf_printf(&w->frame, "%s%.*s", w->separate ? "\n" : "",
		    (int)w->text.len, w->text.data);
	return !w->text.failed && !w->frame.failed &&
	    fwrite(w->frame.data, 1, w->frame.len, stdout) == w->frame.len &&
	    fflush(stdout) == 0;
}

/* ---- keys ---- */

/* Numbers begin with the largest, words with the first. */
static void
watch_sort(struct watch *w, char letter)
{
	const struct wm__fact *fact = wm__facts_of("process")->facts;

	while (fact->key != NULL && fact->letter != letter)
		fact++;
	if (fact->key == NULL)
		return;
	w->look.descending = fact == w->look.sort ? !w->look.descending :
						    fact->form != WM__FACT_WORD;
	w->look.sort = fact;
}

/* Until the next look at the master. False when it is to end. */
static bool
watch_wait(struct watch *w, int64_t until)
{
	int64_t left;

	while ((left = until - wm__clock_ms()) > 0) {
		int key;

		if (!w->screen) {
			poll(NULL, 0, (int)left);
			continue;
		}
		key = wm__terminal_key((int)left);
		if (key == 'q')
			return false;
		if (key > 0)
			watch_sort(w, (char)key);
		if (!watch_draw(w)) /* a key, or another size */
			return false;
	}
	return true;
}

/* ---- the whole ---- */

static int
watch_loop(struct watch *w)
{
	int64_t next = wm__clock_ms();
	int status;

	while ((status = wm__status_gather(w->dir, &w->rows, w->why,
		    sizeof(w->why))) == WM__EXIT_OK) {
		if (!watch_draw(w)) {
			snprintf(w->why, sizeof(w->why),
			    "cannot print the status");
			return WM__EXIT_NO_ANSWER;
		}
		next += WATCH_MS;
		if (next < wm__clock_ms())
			next = wm__clock_ms() + WATCH_MS;
		if (!watch_wait(w, next))
			return WM__EXIT_OK;
		if (!w->screen)
			w->separate = true;
	}
	return status;
}

int
wm__status_watch(const struct wm__cli *cli, const struct wm__rundir *dir)
{
	struct watch w = { .dir = dir, .screen = wm__terminal_is() };
	int status;

	w.look.colour = wm__terminal_colour();
	/* who is not there needs no screen */
	status = wm__status_gather(dir, &w.rows, w.why, sizeof(w.why));
	if (status == WM__EXIT_OK) {
		if (w.screen)
			wm__terminal_take();
		status = watch_loop(&w);
		wm__terminal_give();
	}
	if (status != WM__EXIT_OK)
		wm__cli_error(cli, status, w.why);
	wm_buf_fini(&w.rows);
	wm_buf_fini(&w.text);
	wm_buf_fini(&w.frame);
	return status;
}
