/* SPDX-License-Identifier: MIT */
/*
 * What a connection is doing, in one word: the column Status of
 * `connections` and the filter state=. The later row wins where two are true.
 */
#ifndef BASE_STAGE_H
#define BASE_STAGE_H

/*	name       word         what */
#define WM__STAGE_TABLE(X)                                                     \
	X(OPEN, "open", "waits for a message")                                 \
	X(ANSWERING, "answering", "a request awaits its answer")               \
	X(STUCK, "stuck", "its peer takes no more output for now")             \
	X(PAUSED, "paused", "the application reads no more for now")           \
	X(HANDSHAKE, "handshake", "its protocol has not begun yet")            \
	X(ENDING, "ending", "last words and output leave")                     \
	X(CLOSING, "closing", "shut, waits for the end of its peer")

enum wm__stage {
#define WM__STAGE_ENUM(name, word, text) WM__STAGE_##name,
	WM__STAGE_TABLE(WM__STAGE_ENUM)
#undef WM__STAGE_ENUM
	    WM__STAGES
};

#endif
