/* SPDX-License-Identifier: MIT */
/*
 * Judges what came of the bytes that the kit fed, and writes the first
 * difference so that a person sees it. Feeds nothing: that is kit.c.
 */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>

#include "framework/kit/kit.h"

#define COMPARE_ROW    16 /* bytes in a line of the report */
#define COMPARE_ROWS   3
#define COMPARE_BEFORE 8 /* bytes shown before the one that differs */

/* ---- the report ---- */

static void
compare_head(const struct wm__kit_run *run)
{
	FILE *to = run->report;

	fprintf(to, "%s: ", run->test->protocol->name);
	if (run->chained)
		fputs("all samples in a row", to);
	else
		fprintf(to, "sample %zu", run->number);
	if (run->sample->name != NULL)
		fprintf(to, " (%s)", run->sample->name);
	fprintf(to, ", %s", run->way);
	if (run->at != SIZE_MAX)
		fprintf(to, " at byte %zu", run->at);
	fputs(": ", to);
}

static void
compare_row(FILE *to, const struct wm_span *bytes, size_t from, size_t end)
{
	fprintf(to, "    %06zx ", from);
	for (size_t i = from; i < from + COMPARE_ROW; i++)
		if (i < end)
			fprintf(to, " %02x", (unsigned char)bytes->data[i]);
		else
			fputs("   ", to);
	fputs("  |", to);
	for (size_t i = from; i < end; i++) {
		unsigned char ch = (unsigned char)bytes->data[i];

		fputc(ch >= ' ' && ch < 0x7f ? ch : '.', to);
	}
	fputs("|\n", to);
}

/* A few lines of bytes from a little before `from`. */
static void
compare_dump(FILE *to, const char *what, struct wm_span bytes, size_t from)
{
	size_t i = from > COMPARE_BEFORE ? from - COMPARE_BEFORE : 0;

	if (from == SIZE_MAX)
		i = 0;
	fprintf(to, "  %s, %zu bytes:\n", what, bytes.len);
	for (int row = 0; row < COMPARE_ROWS && i < bytes.len; row++) {
		size_t end = i + COMPARE_ROW;

		compare_row(to, &bytes, i, end < bytes.len ? end : bytes.len);
		i = end;
	}
}

static void
compare_input(const struct wm__kit_run *run)
{
	const struct wm_test_sample *s = run->sample;

	compare_dump(run->report, "input",
	    (struct wm_span){ s->input, s->input_len }, run->at);
}

bool
wm__kit_fails(const struct wm__kit_run *run, const char *fmt, ...)
{
	va_list args;

	if (run->report == NULL)
		return false;
	compare_head(run);
	va_start(args, fmt);
	vfprintf(run->report, fmt, args);
	va_end(args);
	fputc('\n', run->report);
	compare_input(run);
	return false;
}

/* ---- bytes ---- */

static bool
compare_bytes(const struct wm__kit_run *run, const char *what,
    struct wm_span want, struct wm_span got)
{
	size_t i = 0;

	while (i < want.len && i < got.len && want.data[i] == got.data[i])
		i++;
	if (i == want.len && i == got.len)
		return true;
	if (run->report == NULL)
		return false;
	compare_head(run);
	fprintf(run->report, "%s differs at byte %zu\n", what, i);
	compare_dump(run->report, "expected", want, i);
	compare_dump(run->report, "came", got, i);
	compare_input(run);
	return false;
}

/* ---- messages ---- */

static const char *
compare_end(bool closed, enum wm_close_reason reason)
{
	return closed ? wm_close_reason_word(reason) : "open";
}

static size_t
compare_count(const struct wm_test_sample *s)
{
	size_t n = 0;

	while (s->messages != NULL && s->messages[n].data != NULL)
		n++;
	return n;
}

static bool
compare_message(const struct wm__kit_run *run, size_t i,
    const struct wire_message *got)
{
	const struct wm_test_message *want = &run->sample->messages[i];
	unsigned flags = want->flags ? want->flags : WM_MSG_WHOLE;
	char what[64];

	snprintf(what, sizeof(what), "message %zu", i);
	if (!compare_bytes(run, what, (struct wm_span){ want->data, want->len },
		(struct wm_span){ got->data, got->len }))
		return false;
	return got->flags == flags ||
	    wm__kit_fails(run, "message %zu has flags %#x instead of %#x", i,
		got->flags, flags);
}

static bool
compare_messages(const struct wm__kit_run *run, const struct wire *w)
{
	size_t want = compare_count(run->sample), got = wire_messages(w);
	const struct wire_message *extra;

	for (size_t i = 0; i < want && i < got; i++)
		if (!compare_message(run, i, wire_message(w, i)))
			return false;
	if (got < want)
		return wm__kit_fails(run,
		    "message %zu is missing; the end is \"%s\"", got,
		    compare_end(wire_is_closed(w), wire_reason(w)));
	if (got == want)
		return true;
	extra = wire_message(w, want);
	return compare_bytes(run, "a message that is not expected",
		   (struct wm_span){ "", 0 },
		   (struct wm_span){ extra->data, extra->len }) &&
	    wm__kit_fails(run, "an empty message is not expected");
}

static struct wm_buf
compare_join(const struct wire *w)
{
	struct wm_buf all = WM_BUF_INIT;

	for (size_t i = 0; i < wire_messages(w); i++)
		wm_buf_put(&all, wire_message(w, i)->data,
		    wire_message(w, i)->len);
	return all;
}

/* All data; `cut`: only as much of what is expected as came. */
static bool
compare_joined(const struct wm__kit_run *run, const struct wire *w, bool cut)
{
	struct wm_buf want = WM_BUF_INIT, got = compare_join(w);
	size_t n = compare_count(run->sample);
	bool same;

	for (size_t i = 0; i < n; i++)
		wm_buf_put(&want, run->sample->messages[i].data,
		    run->sample->messages[i].len);
	if (cut && got.len < want.len)
		want.len = got.len;
	same = compare_bytes(run, "the data of all messages",
	    (struct wm_span){ want.data, want.len },
	    (struct wm_span){ got.data, got.len });
	wm_buf_fini(&want);
	wm_buf_fini(&got);
	return same;
}

/* ---- the end ---- */

static bool
compare_ends(const struct wm__kit_run *run, const struct wire *w, bool closes,
    enum wm_close_reason reason)
{
	if (wire_is_closed(w) == closes &&
	    (!closes || wire_reason(w) == reason))
		return true;
	return wm__kit_fails(run, "the end is \"%s\" instead of \"%s\"",
	    compare_end(wire_is_closed(w), wire_reason(w)),
	    compare_end(closes, reason));
}

bool
wm__kit_no_bug(const struct wm__kit_run *run, const struct wire *w)
{
	const struct wm_test_sample *s = run->sample;

	if (!wire_is_closed(w) || wire_reason(w) != WM_CLOSE_BUG ||
	    (s->closes && s->reason == WM_CLOSE_BUG))
		return true;
	return wm__kit_fails(run, "%s", wm_close_reason_text(WM_CLOSE_BUG));
}

/* ---- all together ---- */

bool
wm__kit_as_expected(const struct wm__kit_run *run, struct wire *w)
{
	const struct wm_test_sample *s = run->sample;

	return wm__kit_no_bug(run, w) &&
	    (s->joined ? compare_joined(run, w, false) :
			 compare_messages(run, w)) &&
	    (s->output == NULL ||
		compare_bytes(run, "the output",
		    (struct wm_span){ s->output, s->output_len },
		    wire_output(w))) &&
	    compare_ends(run, w, s->closes, s->reason);
}

bool
wm__kit_begins_so(const struct wm__kit_run *run, struct wire *w)
{
	size_t want = compare_count(run->sample), got = wire_messages(w);

	if (run->sample->joined || run->sample->eof)
		return compare_joined(run, w, true);
	for (size_t i = 0; i < want && i < got; i++)
		if (!compare_message(run, i, wire_message(w, i)))
			return false;
	return got <= want || compare_messages(run, w);
}

bool
wm__kit_both_same(const struct wm__kit_run *run, struct wire *w,
    struct wire *other)
{
	struct wm_buf a = compare_join(w), b = compare_join(other);
	bool same = compare_bytes(run, "the data of all messages",
	    (struct wm_span){ a.data, a.len },
	    (struct wm_span){ b.data, b.len });

	wm_buf_fini(&a);
	wm_buf_fini(&b);
	if (!same)
		return false;
	if (!run->sample->joined && wire_messages(w) != wire_messages(other))
		return wm__kit_fails(run, "there are %zu messages, not %zu",
		    wire_messages(other), wire_messages(w));
	return compare_ends(run, other, wire_is_closed(w), wire_reason(w));
}
