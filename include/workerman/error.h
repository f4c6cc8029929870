/* SPDX-License-Identifier: MIT */
/*
 * The errors that functions return and the reasons for which connections
 * close. Both are written once, in the tables below; enum, text and counters
 * come from them.
 */
#ifndef WORKERMAN_ERROR_H
#define WORKERMAN_ERROR_H

#include <workerman/api.h>

WM_BEGIN_DECLS

/*
 * Functions that can fail return 0 (or a size, or a documented positive code)
 * on success and one of these, all negative, on failure.
 */
#define WM_ERROR_TABLE(X)                                                      \
	X(-1, NOMEM, "out of memory")                                          \
	X(-2, INVALID, "invalid argument")                                     \
	X(-3, CLOSED, "the connection is closed")                              \
	X(-4, FULL, "the send buffer is full")                                 \
	X(-5, PROTOCOL, "malformed input")                                     \
	X(-6, TOO_BIG, "message over the limit")                               \
	X(-7, OVERFLOW, "too many bytes without a message")                    \
	X(-8, DATA, "well-framed message with invalid content")                \
	X(-9, POLICY, "refused by policy")                                     \
	X(-10, TIMEOUT, "deadline passed")                                     \
	X(-11, SYSTEM, "system call failed")                                   \
	X(-12, BUSY, "already in use")                                         \
	X(-13, NOT_FOUND, "no such thing")                                     \
	X(-14, VERSION, "version mismatch")                                    \
	X(-15, UNSUPPORTED, "not supported")

enum wm_error {
#define WM_ERROR_ENUM(code, name, text) WM_E_##name = (code),
	WM_ERROR_TABLE(WM_ERROR_ENUM)
#undef WM_ERROR_ENUM
	    WM_OK = 0
};

/* The text of an error, static; "unknown error" for any other number. */
WM_API const char *wm_error_text(int error);

/*
 * Why a connection closed: given to on_close, to the protocol's farewell and
 * close members, and counted in the worker's counter page.
 */
#define WM_CLOSE_TABLE(X)                                                      \
	X(PEER, "peer", "closed by the peer")                                  \
	X(APPLICATION, "application", "closed by the application")             \
	X(PROTOCOL, "protocol", "malformed input")                             \
	X(TOO_BIG, "too-big", "message over the limit")                        \
	X(OVERFLOW, "overflow", "too many bytes without a message")            \
	X(DATA, "data", "message with invalid content")                        \
	X(POLICY, "policy", "refused by policy")                               \
	X(TIMEOUT, "timeout", "the peer was too slow or silent")               \
	X(WRITE_TIMEOUT, "write-timeout", "the peer did not read")             \
	X(RESET, "reset", "connection reset or network error")                 \
	X(MEMORY, "memory", "out of memory")                                   \
	X(LIMIT, "limit", "too many connections or descriptors")               \
	X(SHUTDOWN, "shutdown", "the server is stopping")                      \
	X(RESTART, "restart", "the server is being replaced")                  \
	X(MOVED, "moved", "handed over to the next process")                   \
	X(BUG, "bug", "the protocol broke its contract")                       \
	X(ADDRESS, "address", "too many connections from its address")         \
	X(SLOW, "slow", "the peer reads too slowly")

enum wm_close_reason {
#define WM_CLOSE_ENUM(name, word, text) WM_CLOSE_##name,
	WM_CLOSE_TABLE(WM_CLOSE_ENUM)
#undef WM_CLOSE_ENUM
	    WM_CLOSE_REASONS /* how many there are */
};

/* One word ("peer") and one sentence for a reason; static strings. */
WM_API const char *wm_close_reason_word(enum wm_close_reason reason);
WM_API const char *wm_close_reason_text(enum wm_close_reason reason);

WM_END_DECLS

#endif
