/* SPDX-License-Identifier: MIT */
/*
 * Feeds the samples of a protocol in every way of <workerman/protocol-test.h>
 * to connections without sockets. What came of it is judged in compare.c.
 */
#include "config.h"

#include <err.h>
#include <stdlib.h>

#include "framework/base/log.h"
#include "framework/kit/kit.h"
#include "framework/net/conn.h"

#define KIT_POINTS  4096 /* of an input that are tried */
#define KIT_DAMAGED 64   /* first bytes of an input that are replaced */
#define KIT_BEGUN   64   /* beginnings of an input that go on for ever */
#define KIT_CHUNK   1024 /* of endless bytes */
#define KIT_BOUND   4096 /* limits while they are fed */

/* ---- connections ---- */

static void
kit_echo(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send_msg(c, m);
}

static const struct wm_handlers kit_echoes = { .on_message = kit_echo };

/* All that may have come before the sample is forgotten. */
struct wire *
wm__kit_open(const struct wm_protocol_test *test,
    const struct wm_limits *limits)
{
	struct wire *w = wire_open_how(&(
	    struct wire_how){ .protocol = test->protocol,
	    .limits = limits,
	    .handlers = test->handlers != NULL || !test->echo ? test->handlers :
								&kit_echoes,
	    .options = test->options,
	    .conn_data_size = test->conn_data_size });

	if (test->before_len > 0) {
		wire_feed(w, test->before, test->before_len);
		wire_turn(w);
	}
	wire_take_messages(w);
	wire_take_output(w);
	return w;
}

void
wm__kit_feed(struct wire *w, const struct wm_test_sample *sample, size_t first,
    size_t step)
{
	size_t pos = 0, n = first;

	while (pos < sample->input_len) {
		if (n > sample->input_len - pos)
			n = sample->input_len - pos;
		wire_feed(w, sample->input + pos, n);
		wire_turn(w);
		pos += n;
		n = step;
	}
	if (sample->eof)
		wire_eof(w);
	wire_turn(w);
}

/* How far it is from one point of an input to the next that is tried. */
static size_t
kit_stride(size_t len, size_t points)
{
	return len / points + (len % points != 0);
}

/* ---- whole, byte by byte, split ---- */

static bool
kit_fed(const struct wm__kit_run *run, const struct wm_limits *limits,
    size_t first, size_t step)
{
	struct wire *w = wm__kit_open(run->test, limits);
	bool same;

	wm__kit_feed(w, run->sample, first, step);
	same = wm__kit_as_expected(run, w);
	wire_free(&w);
	return same;
}

static bool
kit_whole(struct wm__kit_run *run)
{
	size_t all = run->sample->input_len;

	run->way = "fed whole";
	run->at = SIZE_MAX;
	return kit_fed(run, run->test->limits, all, all);
}

static bool
kit_bytes(struct wm__kit_run *run)
{
	run->way = "fed byte by byte";
	run->at = SIZE_MAX;
	return kit_fed(run, run->test->limits, 1, 1);
}

static bool
kit_split(struct wm__kit_run *run)
{
	size_t all = run->sample->input_len;
	size_t stride = kit_stride(all, KIT_POINTS);

	run->way = "split in two";
	for (run->at = 1; run->at < all; run->at += stride)
		if (!kit_fed(run, run->test->limits, run->at, all))
			return false;
	return true;
}

/* ---- moved ---- */

/* False: what freeze wrote is not thawed. */
static bool
kit_move(const struct wm__kit_run *run, struct wire *w)
{
	return wire_move(w) != WM_E_CLOSED ||
	    wm__kit_fails(run, "thaw refuses what freeze has written");
}

/* In two pieces, and it moves in between. */
static bool
kit_moved_once(const struct wm__kit_run *run)
{
	struct wire *w = wm__kit_open(run->test, run->test->limits);
	const struct wm_test_sample *s = run->sample;
	bool same;

	wire_feed(w, s->input, run->at);
	wire_turn(w);
	same = kit_move(run, w);
	if (same) {
		wire_feed(w, s->input + run->at, s->input_len - run->at);
		wire_turn(w);
		if (s->eof)
			wire_eof(w);
		wire_turn(w);
		same = wm__kit_as_expected(run, w);
	}
	wire_free(&w);
	return same;
}

/* Byte by byte, and it moves after each. */
static bool
kit_moved_often(struct wm__kit_run *run)
{
	struct wire *w = wm__kit_open(run->test, run->test->limits);
	const struct wm_test_sample *s = run->sample;
	bool same = true;

	run->way = "fed byte by byte, moved after each";
	run->at = SIZE_MAX;
	for (size_t i = 0; i < s->input_len && same; i++) {
		wire_feed(w, s->input + i, 1);
		wire_turn(w);
		same = kit_move(run, w);
	}
	if (same && s->eof)
		wire_eof(w);
	wire_turn(w);
	same = same && wm__kit_as_expected(run, w);
	wire_free(&w);
	return same;
}

static bool
kit_moved(struct wm__kit_run *run)
{
	const struct wm_protocol *protocol = run->test->protocol;
	size_t all = run->sample->input_len;
	size_t stride = kit_stride(all, KIT_POINTS);

	if (protocol->freeze == NULL && protocol->state_size > 0)
		return true; /* it never moves */
	run->way = "moved";
	for (run->at = 0; run->at <= all; run->at += stride > 0 ? stride : 1)
		if (!kit_moved_once(run))
			return false;
	return kit_moved_often(run);
}

/* ---- truncated ---- */

static bool
kit_cut(const struct wm__kit_run *run)
{
	struct wire *w = wm__kit_open(run->test, run->test->limits);
	bool same;

	wire_feed(w, run->sample->input, run->at);
	wire_turn(w);
	wire_eof(w);
	wire_turn(w);
	same = wm__kit_no_bug(run, w) && wm__kit_begins_so(run, w);
	if (same && !wire_is_closed(w) && wire_held(w) == 0)
		same = wm__kit_fails(run, "the connection does not end");
	wire_free(&w);
	return same;
}

static bool
kit_truncated(struct wm__kit_run *run)
{
	size_t all = run->sample->input_len;
	size_t stride = kit_stride(all, KIT_POINTS);

	run->way = "cut off";
	for (run->at = 0; run->at < all; run->at += stride)
		if (!kit_cut(run))
			return false;
	return true;
}

/* ---- damaged ---- */

static bool
kit_both(const struct wm__kit_run *run)
{
	struct wire *w = wm__kit_open(run->test, run->test->limits);
	struct wire *b = wm__kit_open(run->test, run->test->limits);
	size_t all = run->sample->input_len;
	bool same;

	wm__kit_feed(w, run->sample, all, all);
	wm__kit_feed(b, run->sample, 1, 1);
	same = wm__kit_no_bug(run, w) && wm__kit_no_bug(run, b) &&
	    wm__kit_both_same(run, w, b);
	wire_free(&w);
	wire_free(&b);
	return same;
}

static bool
kit_damaged(struct wm__kit_run *run)
{
	static const unsigned char values[] = { 0x00, 0x7f, 0x80, 0xff };
	const struct wm_test_sample *s = run->sample;
	struct wm_test_sample damaged = *s;
	char *copy = malloc(s->input_len + 1);
	bool same = true;

	if (copy == NULL)
		err(1, "kit");
	memcpy(copy, s->input, s->input_len);
	damaged.input = copy;
	run->sample = &damaged;
	run->way = "whole, then byte by byte, damaged";
	for (size_t i = 0; i < s->input_len && i < KIT_DAMAGED; i++) {
		run->at = i;
		for (size_t k = 0; k < sizeof(values) && same; k++) {
			copy[i] = (char)values[k];
			same = kit_both(run);
		}
		copy[i] = s->input[i];
	}
	run->sample = s;
	free(copy);
	return same;
}

/* ---- oversized ---- */

/* The longest message; 0 when there is none, or none that is whole. */
static size_t
kit_longest(const struct wm_test_sample *s)
{
	size_t longest = 0;

	for (size_t i = 0; s->messages != NULL && s->messages[i].data != NULL;
	     i++) {
		unsigned flags = s->messages[i].flags;

		if (flags != 0 && (flags & WM_MSG_WHOLE) != WM_MSG_WHOLE)
			return 0;
		if (s->messages[i].len > longest)
			longest = s->messages[i].len;
	}
	return longest;
}

static struct wm_limits
kit_limits(const struct wm__kit_run *run)
{
	return wire_limits(run->test->limits);
}

/* One byte less than the longest message may have. */
static bool
kit_too_big(struct wm__kit_run *run, const struct wm_limits *limits)
{
	struct wire *w = wm__kit_open(run->test, limits);
	bool same;

	run->way = "limits.message one less than the longest";
	wm__kit_feed(w, run->sample, run->sample->input_len, 1);
	wire_eof(w);
	wire_turn(w);
	same = wm__kit_begins_so(run, w) &&
	    ((wire_is_closed(w) &&
		 (wire_reason(w) == WM_CLOSE_TOO_BIG ||
		     wire_reason(w) == WM_CLOSE_OVERFLOW)) ||
		wm__kit_fails(run,
		    "the end is \"%s\", not \"too-big\" or \"overflow\"",
		    wire_is_closed(w) ? wm_close_reason_word(wire_reason(w)) :
					"open"));
	wire_free(&w);
	return same;
}

/* Whether what comes before the samples fits. */
static bool
kit_admits(const struct wm__kit_run *run, const struct wm_limits *limits)
{
	struct wire *w = wm__kit_open(run->test, limits);
	bool open = wire_conn(w) != NULL && !wm_conn_closing(wire_conn(w));

	wire_free(&w);
	return open;
}

static bool
kit_at_the_limit(struct wm__kit_run *run)
{
	struct wm_limits limits = kit_limits(run);
	size_t longest = kit_longest(run->sample);

	run->at = SIZE_MAX;
	if (run->sample->joined || run->sample->closes || longest < 2)
		return true;
	limits.message = longest - 1;
	if (!kit_admits(run, &limits))
		return true;
	limits.message = longest;
	run->way = "limits.message the longest, fed byte by byte";
	if (!kit_fed(run, &limits, 1, 1))
		return false;
	limits.message = longest - 1;
	return kit_too_big(run, &limits);
}

/* Bytes without end behind a beginning of the input. */
static bool
kit_goes_on(const struct wm__kit_run *run, const struct wm_limits *limits,
    int byte)
{
	struct wire *w = wm__kit_open(run->test, limits);
	size_t bound = limits->message + run->test->protocol->overhead;
	char chunk[KIT_CHUNK];
	bool same = true;

	if (bound < limits->undecoded)
		bound = limits->undecoded;
	memset(chunk, byte, sizeof(chunk));
	wire_feed(w, run->sample->input, run->at);
	wire_turn(w);
	for (size_t fed = 0; fed < 4 * bound && same; fed += sizeof(chunk)) {
		if (wire_conn(w) == NULL || !wm__conn_can_decode(wire_conn(w)))
			break;
		wire_feed(w, chunk, sizeof(chunk));
		wire_turn(w);
		wire_take_messages(w);
		wire_take_output(w);
		if (wire_unread(w) > bound + sizeof(chunk))
			same = wm__kit_fails(run, "%zu bytes are kept unread",
			    wire_unread(w));
	}
	same = same && wm__kit_no_bug(run, w);
	wire_free(&w);
	return same;
}

static bool
kit_endless(struct wm__kit_run *run)
{
	static const int bytes[] = { 0x00, 'a', 0xff };
	struct wm_limits limits = kit_limits(run);
	size_t all = run->sample->input_len;
	size_t stride = kit_stride(all, KIT_BEGUN);

	if (limits.message > KIT_BOUND)
		limits.message = KIT_BOUND;
	if (limits.undecoded > KIT_BOUND)
		limits.undecoded = KIT_BOUND;
	run->way = "endless bytes 00, 61 or ff";
	for (run->at = 0; run->at < all; run->at += stride)
		for (size_t i = 0; i < 3; i++)
			if (!kit_goes_on(run, &limits, bytes[i]))
				return false;
	return true;
}

static bool
kit_oversized(struct wm__kit_run *run)
{
	return kit_at_the_limit(run) && kit_endless(run);
}

/* ---- coalesced ---- */

/* All samples that can follow each other, made into one. */
struct kit_chain {
	struct wm_test_sample sample;
	struct wm_buf input, output, messages;
	size_t links;
	bool silent; /* of some the output is not looked at */
};

/* Whether another sample can come behind this one. */
static bool
kit_can_follow(const struct wm__kit_run *run)
{
	const struct wm_test_sample *s = run->sample;
	const struct wm_protocol *before;
	struct wire *w;
	bool can;

	if (s->alone || s->closes || s->eof)
		return false;
	w = wm__kit_open(run->test, run->test->limits);
	before = wire_conn(w) != NULL ? wm_conn_protocol(wire_conn(w)) : NULL;
	wm__kit_feed(w, s, s->input_len, 1);
	can = wire_conn(w) != NULL && wire_unread(w) == 0 &&
	    wm_conn_protocol(wire_conn(w)) == before;
	wire_free(&w);
	return can;
}

static void
kit_link(struct kit_chain *chain, const struct wm_test_sample *s)
{
	wm_buf_put(&chain->input, s->input, s->input_len);
	wm_buf_put(&chain->output, s->output, s->output_len);
	for (size_t i = 0; s->messages != NULL && s->messages[i].data != NULL;
	     i++)
		wm_buf_put(&chain->messages, &s->messages[i],
		    sizeof(*s->messages));
	chain->links++;
	chain->silent = chain->silent || s->output == NULL;
	chain->sample.joined = chain->sample.joined || s->joined;
}

static bool
kit_chained(struct wm__kit_run *run, struct kit_chain *chain, unsigned ways)
{
	static const struct wm_test_message end;

	wm_buf_put(&chain->messages, &end, sizeof(end));
	if (chain->input.failed || chain->output.failed ||
	    chain->messages.failed)
		errx(1, "kit: %s", wm_error_text(WM_E_NOMEM));
	chain->sample.input = chain->input.data;
	chain->sample.input_len = chain->input.len;
	chain->sample.messages =
	    (const struct wm_test_message *)(void *)chain->messages.data;
	chain->sample.output_len = chain->output.len;
	if (!chain->silent)
		chain->sample.output =
		    chain->output.data != NULL ? chain->output.data : "";
	run->sample = &chain->sample;
	run->chained = true;
	return kit_whole(run) && kit_bytes(run) &&
	    ((ways & WM_TEST_MOVED) == 0 || kit_moved_often(run));
}

static bool
kit_coalesced(struct wm__kit_run *run, unsigned ways)
{
	struct kit_chain chain = { 0 };
	const struct wm_test_sample *s = run->test->samples;
	bool same = true;

	for (; s->input != NULL; s++) {
		run->sample = s;
		if (kit_can_follow(run))
			kit_link(&chain, s);
	}
	if (chain.links > 1)
		same = kit_chained(run, &chain, ways);
	wm_buf_fini(&chain.input);
	wm_buf_fini(&chain.output);
	wm_buf_fini(&chain.messages);
	return same;
}

/* ---- all ---- */

static const struct kit_way {
	unsigned flag;
	bool (*feed)(struct wm__kit_run *);
} kit_ways[] = {
	{ WM_TEST_WHOLE, kit_whole },
	{ WM_TEST_BYTES, kit_bytes },
	{ WM_TEST_SPLIT, kit_split },
	{ WM_TEST_MOVED, kit_moved },
	{ WM_TEST_TRUNCATED, kit_truncated },
	{ WM_TEST_DAMAGED, kit_damaged },
	{ WM_TEST_OVERSIZED, kit_oversized },
};

static bool
kit_sample(struct wm__kit_run *run, unsigned ways)
{
	for (size_t i = 0; i < sizeof(kit_ways) / sizeof(*kit_ways); i++)
		if ((ways & kit_ways[i].flag) != 0 && !kit_ways[i].feed(run))
			return false;
	return true;
}

static bool
kit_all(struct wm__kit_run *run, unsigned ways)
{
	const struct wm_test_sample *samples = run->test->samples;

	for (; samples[run->number].input != NULL; run->number++) {
		run->sample = &samples[run->number];
		if (!kit_sample(run, ways))
			return false;
	}
	return (ways & WM_TEST_COALESCED) == 0 || kit_coalesced(run, ways);
}

int
wm_protocol_test(const struct wm_protocol_test *test, FILE *report)
{
	unsigned ways = test->ways != 0 ? test->ways : WM_TEST_ALL;
	struct wm__kit_run run = { .test = test, .report = report };
	enum wm_log_level level;
	bool same;

	if (test->samples == NULL || test->samples->input == NULL) {
		fprintf(report, "%s: no samples\n", test->protocol->name);
		return 1;
	}
	level = wm__log_set_level(WM_LOG_ERROR);
	if (level > WM_LOG_ERROR)
		wm__log_set_level(level);
	same = kit_all(&run, ways);
	wm__log_set_level(level);
	return same ? 0 : 1;
}
