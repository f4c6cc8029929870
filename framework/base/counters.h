/* SPDX-License-Identifier: MIT */
/*
 * The counter page: what `status` shows of a worker. One page of shared
 * memory per slot, made by the master, written by one worker, read by the
 * master at any time, also after the worker's death. Values are gossip: the
 * reader never uses them as an index or a length.
 */
#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#include <workerman/error.h>

#define WM__COUNTERS_VERSION 1

/*	name           kind     what */
#define WM__COUNTER_TABLE(X)                                                   \
	X(connections, GAUGE, "open connections")                              \
	X(accepted, COUNTER, "connections accepted")                           \
	X(requests, COUNTER, "messages delivered to the application")          \
	X(send_fail, COUNTER, "sends refused")                                 \
	X(timers, GAUGE, "live timers")                                        \
	X(bytes_in, COUNTER, "bytes received")                                 \
	X(bytes_out, COUNTER, "bytes sent")                                    \
	X(published, COUNTER, "messages published")                            \
	X(publish_lost, COUNTER, "copies of published messages lost")          \
	X(accept_paused, COUNTER, "times that accepting paused")               \
	X(datagrams_in, COUNTER, "datagrams received")                         \
	X(datagrams_out, COUNTER, "datagrams sent")                            \
	X(datagrams_dropped, COUNTER,                                          \
	    "datagrams that made no sense, or that the kernel did not take")   \
	X(accept_slowed, COUNTER, "times that newcomers had to wait")          \
	X(qps, GAUGE, "messages delivered in the last second")                 \
	X(cpu_permille, GAUGE, "share of one CPU in the last second")          \
	X(cpu_ms, COUNTER, "CPU time used")                                    \
	X(heartbeat_ms, GAUGE, "monotonic clock at the last tick")

struct wm__counters {
	uint32_t version; /* WM__COUNTERS_VERSION */
	uint32_t size;    /* sizeof(struct wm__counters) */
#define WM__COUNTER_FIELD(name, kind, text) _Atomic uint64_t name;
	WM__COUNTER_TABLE(WM__COUNTER_FIELD)
#undef WM__COUNTER_FIELD
	_Atomic uint64_t closed[WM_CLOSE_REASONS]; /* by reason */
};

/* For the one writer: a plain load and store, no locked instruction. */
static inline void
wm__count(_Atomic uint64_t *counter, uint64_t by)
{
	atomic_store_explicit(counter,
	    atomic_load_explicit(counter, memory_order_relaxed) + by,
	    memory_order_relaxed);
}

static inline void
wm__gauge(_Atomic uint64_t *counter, uint64_t value)
{
	atomic_store_explicit(counter, value, memory_order_relaxed);
}

static inline uint64_t
wm__counter(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* What pages counted, added up; of gauges nothing. */
struct wm__totals {
#define WM__TOTALS_FIELD(name, kind, text) uint64_t name;
	WM__COUNTER_TABLE(WM__TOTALS_FIELD)
#undef WM__TOTALS_FIELD
	uint64_t closed[WM_CLOSE_REASONS];
};
void wm__totals_add(struct wm__totals *totals, const struct wm__counters *page);

/* Maps the page behind fd (at least one struct). Null on failure. */
struct wm__counters *wm__counters_map(int fd);
void wm__counters_unmap(struct wm__counters **page);

#endif
