/* SPDX-License-Identifier: MIT */
/* A ring of notes, and their rows for the control protocol. */
#include "config.h"

#include <stdio.h>

#include "framework/ipc/control.h"
#include "framework/master/autopsy.h"
#include "framework/master/deaths.h"

void
wm__deaths_add(struct wm__deaths *deaths, const struct wm__death_note *note,
    const struct wm__autopsy *autopsy)
{
	const struct wm__crash *page = &autopsy->page;
	struct wm__death_note *kept =
	    &deaths->notes[deaths->n++ % WM__DEATHS_KEPT];

	*kept = *note;
	snprintf(kept->cause, sizeof(kept->cause), "%s", autopsy->cause);
	snprintf(kept->core, sizeof(kept->core), "%s", autopsy->core);
	snprintf(kept->protocol, sizeof(kept->protocol), "%s", page->protocol);
	kept->callback =
	    page->elsewhere ? "thread" : wm__running_word(page->running.what);
	kept->conn = page->elsewhere ? 0 : page->running.conn;
}

static void
deaths_row(const struct wm__death_note *note, struct wm_buf *out)
{
	wm_buf_puts(out, "ROW death");
	wm__control_put(out, "worker", note->worker);
	wm__control_put_number(out, "slot", note->slot);
	wm__control_put_number(out, "pid", (unsigned long long)note->pid);
	wm__control_put_number(out, "generation", note->generation);
	wm__control_put_number(out, "at", (unsigned long long)note->at);
	wm__control_put_number(out, "age_ms", (unsigned long long)note->age_ms);
	wm__control_put_number(out, "lost", note->lost);
	wm__control_put(out, "cause", note->cause);
	wm__control_put(out, "core", note->core);
	wm__control_put(out, "callback", note->callback);
	wm__control_put_number(out, "connection", note->conn);
	wm__control_put(out, "protocol", note->protocol);
	wm_buf_puts(out, "\n");
}

void
wm__deaths_rows(const struct wm__deaths *deaths, struct wm_buf *out)
{
	uint64_t first =
	    deaths->n > WM__DEATHS_KEPT ? deaths->n - WM__DEATHS_KEPT : 0;

	for (uint64_t i = first; i < deaths->n; i++)
		deaths_row(&deaths->notes[i % WM__DEATHS_KEPT], out);
}
