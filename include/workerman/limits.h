/* SPDX-License-Identifier: MIT */
/*
 * The bounds that every connection has. A field that is 0 means its default,
 * so that a program names only what it changes:
 *
 *	.limits = &(struct wm_limits){ .message = 64 << 20 }
 */
#ifndef WORKERMAN_LIMITS_H
#define WORKERMAN_LIMITS_H

#include <workerman/api.h>

/*
 *      type      field         default       what it bounds, in which unit
 *
 * The first three are about newcomers; wm_conn_set_limits() changes the others
 * for one connection. docs/LIMITS.md says what happens at each.
 */
#define WM_LIMITS_TABLE(X)                                                     \
	X(uint32_t, connections, 0,                                            \
	    "connections per worker; 0: what RLIMIT_NOFILE allows")            \
	X(uint32_t, per_address, 0,                                            \
	    "connections of one IP address per worker; 0: any number")         \
	X(uint32_t, accept_rate, 0,                                            \
	    "connections per second of a listener and worker; 0: any number")  \
	X(size_t, undecoded, 64u << 10,                                        \
	    "bytes read while the protocol knows no length yet")               \
	X(size_t, message, 10u << 20, "bytes of one message or body")          \
	X(uint32_t, fragments, 16384, "fragments of one WebSocket message")    \
	X(size_t, header_bytes, 16u << 10, "bytes of an HTTP header block")    \
	X(uint32_t, headers, 100, "fields of an HTTP header block")            \
	X(uint32_t, pipeline, 32, "requests not yet answered")                 \
	X(size_t, unsent, 1u << 20, "bytes that wait for a slow reader")       \
	X(size_t, unsent_low, 0,                                               \
	    "unsent bytes at which on_buffer_drain comes; 0: none are left")   \
	X(uint32_t, handshake_ms, 10000, "until a handshake is complete")      \
	X(uint32_t, header_ms, 10000, "until a request header is complete")    \
	X(uint32_t, body_ms, 30000, "between two bytes of a body")             \
	X(uint32_t, keepalive_ms, 75000, "between two HTTP requests")          \
	X(uint32_t, idle_ms, 0, "between two bytes otherwise; 0: for ever")    \
	X(uint32_t, write_ms, 30000, "for unsent output to make progress")     \
	X(uint32_t, close_ms, 5000,                                            \
	    "for a closing connection to end, its output sent")

struct wm_limits {
#define WM_LIMITS_FIELD(type, field, initial, text) type field;
	WM_LIMITS_TABLE(WM_LIMITS_FIELD)
#undef WM_LIMITS_FIELD
};

#endif
