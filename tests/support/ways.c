/* SPDX-License-Identifier: MIT */
/* Cases in three of the ways of the kit: see ways.h. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <workerman/protocol-test.h>

#include "framework/kit/kit.h"
#include "tests/support/ways.h"

static struct wm_protocol_test
ways_test(const struct ways *way, const struct wm_test_sample *samples)
{
	return (struct wm_protocol_test){ .protocol = way->protocol,
		.samples = samples,
		.ways = WM_TEST_WHOLE | WM_TEST_BYTES | WM_TEST_SPLIT,
		.limits = way->limits,
		.handlers = way->handlers };
}

static struct wm_test_sample
ways_sample(const struct ways *way)
{
	return (struct wm_test_sample){ .input = way->input,
		.input_len = way->input_len,
		.messages = way->messages,
		.output = way->output,
		.output_len = way->output_len,
		.eof = way->eof,
		.joined = way->joined,
		.closes = way->closes,
		.reason = way->reason };
}

const char *
ways_differ(const struct ways *way)
{
	struct wm_test_sample samples[2] = { ways_sample(way) };
	struct wm_protocol_test test = ways_test(way, samples);
	static char text[2048];
	FILE *report = fmemopen(text, sizeof(text), "w");
	int differs;

	if (report == NULL)
		err(1, "ways");
	differs = wm_protocol_test(&test, report);
	fclose(report);
	return differs ? text : NULL;
}

static void
ways_show_to(const struct ways *way, size_t first, size_t step,
    void (*check)(struct wire *, void *), void *arg)
{
	struct wm_test_sample sample = ways_sample(way);
	struct wm_protocol_test test = ways_test(way, &sample);
	struct wire *w = wm__kit_open(&test, way->limits);

	wm__kit_feed(w, &sample, first, step);
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
