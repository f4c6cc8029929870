/* SPDX-License-Identifier: MIT */
/*
 * One case, fed in every way: whole, byte by byte, and split in two at every
 * point. What comes of it must never depend on how the bytes arrived.
 */
#ifndef SUPPORT_WAYS_H
#define SUPPORT_WAYS_H

#include <workerman/protocol-test.h>

#define ways_message wm_test_message

/* From a literal: a message and the list's end, the members of a case. */
#define WAYS_MESSAGE(literal)                                                  \
	{                                                                      \
		.data = (literal), .len = sizeof(literal) - 1                  \
	}
#define WAYS_END                                                               \
	{                                                                      \
		.data = NULL                                                   \
	}
#define WAYS_INPUT(literal) .input = (literal), .input_len = sizeof(literal) - 1
#define WAYS_OUTPUT(literal)                                                   \
	.output = (literal), .output_len = sizeof(literal) - 1

struct ways {
	const struct wm_protocol *protocol;
	const struct wm_limits *limits;     /* null: the defaults */
	const struct wm_handlers *handlers; /* null: none */
	const char *input;
	size_t input_len;
	bool eof;                            /* the peer ends behind it */
	const struct ways_message *messages; /* null: none */
	bool joined;        /* only all data of all messages together counts:
			       for protocols that deliver what arrived */
	const char *output; /* null: is not looked at */
	size_t output_len;
	bool closes; /* else it must stay open */
	enum wm_close_reason reason;
};

/*
 * Runs the case in all ways. Returns null, or what the first way that failed
 * did, with the bytes in question: static, until the next call.
 */
const char *ways_differ(const struct ways *way);

struct wire;

/*
 * For what the members above cannot say: runs the case in all ways and calls
 * check(wire, arg) behind each; of the case only what is fed counts.
 */
void ways_each(const struct ways *way, void (*check)(struct wire *, void *),
    void *arg);

/* For cmocka tests: fails with that text. */
#define ways_check(way)                                                        \
	do {                                                                   \
		const char *ways_why = ways_differ(way);                       \
		if (ways_why != NULL)                                          \
			fail_msg("%s", ways_why);                              \
	} while (0)

#endif
