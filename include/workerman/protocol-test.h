/* SPDX-License-Identifier: MIT */
/*
 * The test kit for protocols: what comes of some bytes must not depend on how
 * they arrived, and no bytes may break the decoder's contract. Give it the
 * protocol, samples of bytes and what is expected of them; it feeds each
 * sample in every way below to a connection of the real core that has no
 * socket, and reports the first difference.
 *
 *	static const struct wm_test_sample samples[] = {
 *		{ .name = "two lines", WM_TEST_INPUT("one\ntwo\n"),
 *		    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("one") },
 *			{ WM_TEST_DATA("two") }) },
 *		{ 0 },
 *	};
 *
 *	return wm_protocol_test(&(struct wm_protocol_test){
 *	    .protocol = &my_protocol, .samples = samples }, stderr);
 *
 * Needs no test framework and no files; part of the library, since it runs
 * the library's own core. Not included by <workerman/workerman.h>.
 */
#ifndef WORKERMAN_PROTOCOL_TEST_H
#define WORKERMAN_PROTOCOL_TEST_H

#include <stdio.h>

#include <workerman/conn.h>

WM_BEGIN_DECLS

/* From literals, which may contain \0: the members of what is below. A list
   of messages lives as long as what is around it: samples are static outside
   of functions, and not inside. */
#define WM_TEST_INPUT(literal)                                                 \
	.input = (literal), .input_len = sizeof(literal) - 1
#define WM_TEST_OUTPUT(literal)                                                \
	.output = (literal), .output_len = sizeof(literal) - 1
#define WM_TEST_DATA(literal) .data = (literal), .len = sizeof(literal) - 1
#define WM_TEST_MESSAGES(...)                                                  \
	(const struct wm_test_message[])                                       \
	{                                                                      \
		__VA_ARGS__,                                                   \
		{                                                              \
			0                                                      \
		}                                                              \
	}

struct wm_test_message {
	const char *data; /* null behind the last of a list */
	size_t len;
	unsigned flags; /* 0: WM_MSG_WHOLE; else exactly these */
};

struct wm_test_sample {
	const char *name;  /* for the report; null: only its number */
	const char *input; /* null behind the last of a list */
	size_t input_len;
	const struct wm_test_message *messages; /* null: none come of it */
	const char *output; /* all bytes that are sent; null: not looked at */
	size_t output_len;
	bool eof;    /* the peer ends behind the input */
	bool joined; /* only all data of all messages together counts: for
			protocols that deliver whatever has arrived */
	bool alone;  /* never behind another sample on one connection */
	bool closes; /* it ends for `reason`; else it must stay open */
	enum wm_close_reason reason;
};

/*
 * The ways of feeding. Where nothing else is said, the messages, the output
 * and the end must be exactly those of the sample.
 *
 * WHOLE, BYTES, SPLIT  at once; byte by byte; in two, at every point
 * COALESCED  all samples one behind another on one connection, in the first
 *	two of these ways; not those that close or end, are alone, leave
 *	bytes unused, or change the protocol
 * MOVED  in two, at every point, and byte by byte: in between, wherever freeze
 *	agrees, the state is frozen and thawed into a fresh one, as in a reload
 *	(the application's data is copied). A protocol with state that has no
 *	freeze does not move
 * TRUNCATED  every beginning of the input, then end of file: the messages
 *	are a beginning of those expected, and the connection ends unless it
 *	owes an answer (wm_conn_hold())
 * DAMAGED  one byte after the other replaced by 00, 7f, 80 and ff, so that
 *	lengths are announced which never come: whole and byte by byte lead
 *	to the same, and the contract is kept
 * OVERSIZED  limits.message is the longest message: all comes as expected,
 *	or `overhead` is too small; one less: that message is refused as
 *	too-big or overflow (left out where `before` is longer than that). And
 *	endless bytes behind every beginning: no more is kept unread than the
 *	limits say
 *
 * No way may end a connection for WM_CLOSE_BUG; the log then says which rule
 * was broken. Log lines that are no errors are not written meanwhile. Inputs
 *are meant to be short: of one over 4,096 bytes, about 4,096 points evenly
 *spread are tried instead of all.
 */
#define WM_TEST_WHOLE     0x01u
#define WM_TEST_BYTES     0x02u
#define WM_TEST_SPLIT     0x04u
#define WM_TEST_COALESCED 0x08u
#define WM_TEST_TRUNCATED 0x10u
#define WM_TEST_DAMAGED   0x20u
#define WM_TEST_OVERSIZED 0x40u
#define WM_TEST_MOVED     0x80u
#define WM_TEST_ALL       0xffu

struct wm_protocol_test {
	const struct wm_protocol *protocol;
	const struct wm_test_sample *samples;
	unsigned ways;                  /* WM_TEST_*; 0: all */
	bool echo;                      /* every message is sent back */
	const struct wm_limits *limits; /* null: the defaults */
	/* The application: null is none. Called after the kit has noted the
	   event, for many connections, one after the other. */
	const struct wm_handlers *handlers;
	const void *options;   /* wm_conn_options() */
	size_t conn_data_size; /* of the struct behind wm_conn_data() */
	/* Fed at once to each connection before anything else: a login, a
	   handshake. What comes of it is not looked at. */
	const char *before;
	size_t before_len;
};

/*
 * Returns 0, or 1 after it wrote the first difference to `report`: the
 * sample, the way, and what was expected and came instead, in hexadecimal and
 * as text from a little before the first byte that differs. A test without
 * samples fails. Ends the program when memory runs out.
 */
WM_API int wm_protocol_test(const struct wm_protocol_test *test, FILE *report);

WM_END_DECLS

#endif
