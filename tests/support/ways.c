/* SPDX-License-Identifier: MIT */
/* Feeding a case in all ways and comparing: see ways.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/ways.h"
#include "tests/support/wire.h"

#define WAYS_SHOWN 48 /* bytes of a difference that are shown */

static struct wm_buf ways_text;

/* Appends bytes so that a person can read them. */
static void
ways_show(const char *data, size_t len, size_t from)
{
	size_t begin = from > 8 ? from - 8 : 0;
	size_t end = len - begin > WAYS_SHOWN ? begin + WAYS_SHOWN : len;

	wm_buf_puts(&ways_text, begin > 0 ? "...\"" : "\"");
	for (size_t i = begin; i < end; i++) {
		unsigned char ch = (unsigned char)data[i];

		if (ch >= ' ' && ch < 0x7f && ch != '"' && ch != '\\')
			wm_buf_put(&ways_text, data + i, 1);
		else
			wm_buf_printf(&ways_text, "\\x%02x", ch);
	}
	wm_buf_printf(&ways_text, "\"%s (%zu bytes)", end < len ? "..." : "",
	    len);
}

static bool
ways_same(const char *what, struct wm_span want, struct wm_span got)
{
	size_t i = 0;

	while (i < want.len && i < got.len && want.data[i] == got.data[i])
		i++;
	if (i == want.len && i == got.len)
		return true;
	wm_buf_printf(&ways_text, "%s differs at byte %zu: ", what, i);
	ways_show(got.data, got.len, i < got.len ? i : got.len);
	wm_buf_puts(&ways_text, " instead of ");
	ways_show(want.data, want.len, i < want.len ? i : want.len);
	return false;
}

static bool
ways_same_messages(const struct ways *way, const struct wire *w)
{
	size_t i = 0;

	for (; way->messages != NULL && way->messages[i].data != NULL; i++) {
		const struct ways_message *want = &way->messages[i];
		const struct wire_message *got;
		unsigned flags = want->flags ? want->flags : WM_MSG_WHOLE;
		char what[64];

		if (i >= wire_messages(w)) {
			wm_buf_printf(&ways_text, "message %zu is missing", i);
			return false;
		}
		got = wire_message(w, i);
		snprintf(what, sizeof(what), "message %zu", i);
		if (!ways_same(what, (struct wm_span){ want->data, want->len },
			(struct wm_span){ got->data, got->len }))
			return false;
		if (got->flags != flags) {
			wm_buf_printf(&ways_text,
			    "message %zu has flags %#x instead of %#x", i,
			    got->flags, flags);
			return false;
		}
	}
	if (i < wire_messages(w)) {
		wm_buf_printf(&ways_text, "message %zu is not expected: ", i);
		ways_show(wire_message(w, i)->data, wire_message(w, i)->len, 0);
		return false;
	}
	return true;
}

static bool
ways_same_joined(const struct ways *way, const struct wire *w)
{
	struct wm_buf want = WM_BUF_INIT, got = WM_BUF_INIT;
	bool same;

	for (size_t i = 0;
	     way->messages != NULL && way->messages[i].data != NULL; i++)
		wm_buf_put(&want, way->messages[i].data, way->messages[i].len);
	for (size_t i = 0; i < wire_messages(w); i++)
		wm_buf_put(&got, wire_message(w, i)->data,
		    wire_message(w, i)->len);
	same = ways_same("the data of all messages",
	    (struct wm_span){ want.data, want.len },
	    (struct wm_span){ got.data, got.len });
	wm_buf_fini(&want);
	wm_buf_fini(&got);
	return same;
}

static const char *
ways_end(bool closed, enum wm_close_reason reason)
{
	return closed ? wm_close_reason_word(reason) : "open";
}

static bool
ways_same_end(const struct ways *way, const struct wire *w)
{
	if (wire_is_closed(w) == way->closes &&
	    (!way->closes || wire_reason(w) == way->reason))
		return true;
	wm_buf_printf(&ways_text, "the end is \"%s\" instead of \"%s\"",
	    ways_end(wire_is_closed(w), wire_reason(w)),
	    ways_end(way->closes, way->reason));
	return false;
}

/* A wire that was fed the input in steps of `step` bytes from `first` on. */
static struct wire *
ways_feed(const struct ways *way, size_t first, size_t step)
{
	struct wire *w = wire_new(way->protocol, way->limits, way->handlers);
	size_t pos = 0, n = first;

	while (pos < way->input_len) {
		if (n > way->input_len - pos)
			n = way->input_len - pos;
		wire_feed(w, way->input + pos, n);
		wire_turn(w);
		pos += n;
		n = step;
	}
	if (way->eof)
		wire_eof(w);
	wire_turn(w);
	return w;
}

static bool
ways_run(const struct ways *way, size_t first, size_t step)
{
	struct wire *w = ways_feed(way, first, step);
	bool same = (way->joined ? ways_same_joined(way, w) :
				   ways_same_messages(way, w)) &&
	    (way->output == NULL ||
		ways_same("the output",
		    (struct wm_span){ way->output, way->output_len },
		    wire_output(w))) &&
	    ways_same_end(way, w);

	wire_free(&w);
	return same;
}

/* The finished text, with the way in front. */
static const char *
ways_failed(const struct ways *way, const char *how, size_t at)
{
	static char text[1024];

	wm_buf_put(&ways_text, "", 1);
	snprintf(text, sizeof(text), "%s of %zu bytes at %zu: %s", how,
	    way->input_len, at, ways_text.data);
	wm_buf_fini(&ways_text);
	return text;
}

const char *
ways_differ(const struct ways *way)
{
	size_t all = way->input_len;

	if (!ways_run(way, all, all))
		return ways_failed(way, "fed whole", 0);
	if (!ways_run(way, 1, 1))
		return ways_failed(way, "fed byte by byte", 0);
	for (size_t i = 1; i < all; i++)
		if (!ways_run(way, i, all))
			return ways_failed(way, "split in two", i);
	return NULL;
}

static void
ways_show_to(const struct ways *way, size_t first, size_t step,
    void (*check)(struct wire *, void *), void *arg)
{
	struct wire *w = ways_feed(way, first, step);

	check(w, arg);
	wire_free(&w);
}

void
ways_each(const struct ways *way, void (*check)(struct wire *, void *),
    void *arg)
{
	size_t all = way->input_len;

	ways_show_to(way, all, all, check, arg);
	ways_show_to(way, 1, 1, check, arg);
	for (size_t i = 1; i < all; i++)
		ways_show_to(way, i, all, check, arg);
}
