/* SPDX-License-Identifier: MIT */
/* The table of facts.h. */
#include "config.h"

#include <string.h>

#include <workerman/error.h>

#include "framework/base/counters.h"
#include "framework/ipc/facts.h"

/* What the counter page's own table says of each counter. */
#define FACTS_TEXT(name, kind, text)                                           \
	static const char text_##name[] __attribute__((unused)) = text;
WM__COUNTER_TABLE(FACTS_TEXT)
#undef FACTS_TEXT

static const struct wm__fact facts_master[] = {
	{ .key = "name", .form = WM__FACT_WORD, .help = "of the application" },
	{ .key = "version", .form = WM__FACT_WORD, .help = "its version" },
	{ .key = "framework",
	    .form = WM__FACT_WORD,
	    .help = "version of workerman-c" },
	{ .key = "event_loop",
	    .form = WM__FACT_WORD,
	    .help = "epoll, poll, select or kqueue" },
	{ .key = "mode",
	    .form = WM__FACT_WORD,
	    .help = "daemon or foreground" },
	{ .key = "phase",
	    .form = WM__FACT_WORD,
	    .help = "starting, running or stopping" },
	{ .key = "log",
	    .form = WM__FACT_WORD,
	    .help = "the log file; empty: the terminal" },
	{ .key = "pid", .form = WM__FACT_COUNT, .help = "of the master" },
	{ .key = "uptime_ms",
	    .form = WM__FACT_MS,
	    .metric = "workerman_uptime_seconds",
	    .help = "since the start of the master" },
	{ .key = "generation",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_generation",
	    .help = "1 after the start, one more with every reload" },
	{ .key = "workers",
	    .form = WM__FACT_COUNT,
	    .help = "rows of the program's table" },
	{ .key = "processes",
	    .form = WM__FACT_COUNT,
	    .help = "that run, the master not counted" },
	{ .key = "load",
	    .form = WM__FACT_LOAD,
	    .help = "load average of the machine over 1, 5 and 15 minutes" },
	{ .key = "reloads",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_reloads_total",
	    .help = "reloads that ended, well or not" },
	{ .key = "reload_running",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_reload_running",
	    .help = "1 while a reload is in progress" },
	{ .key = "reload_result",
	    .form = WM__FACT_WORD,
	    .help = "of the last reload: done or refused; none: there was "
		    "none" },
	{ .key = "reload_time",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_last_reload_timestamp_seconds",
	    .help = "end of the last reload, in seconds since 1970; 0: there "
		    "was none" },
	{ .key = "reload_ms",
	    .form = WM__FACT_MS,
	    .metric = "workerman_last_reload_duration_seconds",
	    .help = "how long the last reload took" },
	{ .key = "reload_why",
	    .form = WM__FACT_WORD,
	    .help = "why the last reload was refused" },
	{ .key = NULL },
};

static const struct wm__fact facts_listener[] = {
	{ .key = "worker", .form = WM__FACT_WORD, .help = "name of its row" },
	{ .key = "index",
	    .form = WM__FACT_COUNT,
	    .help = "among the listeners of the row" },
	{ .key = "url",
	    .form = WM__FACT_WORD,
	    .help = "its address, with the port that the kernel chose" },
	{ .key = NULL },
};

static const struct wm__fact facts_worker[] = {
	{ .key = "worker", .form = WM__FACT_WORD, .help = "name of the row" },
	{ .key = "count",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_slots",
	    .help = "processes that the row asks for" },
	{ .key = "restarts",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_restarts_total",
	    .help = "processes started in place of dead ones" },
	{ .key = "accepted",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_accepted_total",
	    .help = text_accepted },
	{ .key = "requests",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_requests_total",
	    .help = text_requests },
	{ .key = "send_fail",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_send_fail_total",
	    .help = text_send_fail },
	{ .key = "bytes_in",
	    .form = WM__FACT_BYTES,
	    .metric = "workerman_received_bytes_total",
	    .help = text_bytes_in },
	{ .key = "bytes_out",
	    .form = WM__FACT_BYTES,
	    .metric = "workerman_sent_bytes_total",
	    .help = text_bytes_out },
	{ .key = "published",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_published_total",
	    .help = text_published },
	{ .key = "publish_lost",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_publish_lost_total",
	    .help = text_publish_lost },
	{ .key = "accept_paused",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_accept_paused_total",
	    .help = text_accept_paused },
	{ .key = "accept_slowed",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_accept_slowed_total",
	    .help = text_accept_slowed },
	{ .key = "cpu_ms",
	    .form = WM__FACT_MS,
	    .metric = "workerman_cpu_seconds_total",
	    .help = text_cpu_ms },
	{ .key = NULL },
};

static const struct wm__fact facts_process[] = {
	{ .key = "pid",
	    .form = WM__FACT_COUNT,
	    .head = "PID",
	    .letter = 'p',
	    .help = "0: the slot has no process now" },
	{ .key = "rss",
	    .form = WM__FACT_BYTES,
	    .head = "RSS",
	    .letter = 'm',
	    .metric = "workerman_resident_memory_bytes",
	    .help = "resident memory" },
	{ .key = "listen",
	    .form = WM__FACT_WORD,
	    .head = "LISTEN",
	    .letter = 'l',
	    .help = "the first address; - for none" },
	{ .key = "listeners",
	    .form = WM__FACT_COUNT,
	    .help = "how many there are" },
	{ .key = "worker",
	    .form = WM__FACT_WORD,
	    .head = "WORKER",
	    .letter = 'n',
	    .help = "name of the row" },
	{ .key = "slot",
	    .form = WM__FACT_COUNT,
	    .help = "0 to the row's count, less 1" },
	{ .key = "connections",
	    .form = WM__FACT_COUNT,
	    .head = "CONNS",
	    .letter = 'c',
	    .metric = "workerman_connections",
	    .help = text_connections },
	{ .key = "accepted", .form = WM__FACT_COUNT, .help = text_accepted },
	{ .key = "send_fail",
	    .form = WM__FACT_COUNT,
	    .head = "FAIL",
	    .letter = 'f',
	    .help = text_send_fail },
	{ .key = "timers",
	    .form = WM__FACT_COUNT,
	    .head = "TIMERS",
	    .brief = "TMRS",
	    .letter = 't',
	    .metric = "workerman_timers",
	    .help = text_timers },
	{ .key = "requests",
	    .form = WM__FACT_COUNT,
	    .head = "REQUESTS",
	    .brief = "REQS",
	    .letter = 'r',
	    .help = text_requests },
	{ .key = "qps",
	    .form = WM__FACT_COUNT,
	    .head = "QPS",
	    .letter = 's',
	    .metric = "workerman_requests_per_second",
	    .help = text_qps },
	{ .key = "cpu_permille",
	    .form = WM__FACT_PERMILLE,
	    .head = "CPU%",
	    .letter = 'u',
	    .metric = "workerman_cpu_ratio",
	    .help = text_cpu_permille },
	{ .key = "cpu_ms", .form = WM__FACT_MS, .help = text_cpu_ms },
	{ .key = "age_ms",
	    .form = WM__FACT_MS,
	    .head = "AGE",
	    .letter = 'a',
	    .help = "since the process was started" },
	{ .key = "restarts",
	    .form = WM__FACT_COUNT,
	    .head = "RESTARTS",
	    .brief = "RST",
	    .letter = 'x',
	    .help = "of the slot: processes started in place of dead ones" },
	{ .key = "generation",
	    .form = WM__FACT_COUNT,
	    .help = "of the program that it runs" },
	{ .key = "bytes_in", .form = WM__FACT_BYTES, .help = text_bytes_in },
	{ .key = "bytes_out", .form = WM__FACT_BYTES, .help = text_bytes_out },
	{ .key = "published", .form = WM__FACT_COUNT, .help = text_published },
	{ .key = "publish_lost",
	    .form = WM__FACT_COUNT,
	    .help = text_publish_lost },
	{ .key = "accept_paused",
	    .form = WM__FACT_COUNT,
	    .help = text_accept_paused },
	{ .key = "accept_slowed",
	    .form = WM__FACT_COUNT,
	    .help = text_accept_slowed },
	{ .key = "state",
	    .form = WM__FACT_WORD,
	    .head = "STATE",
	    .letter = 'i',
	    .help = "idle, busy, starting, draining, stopped or crash-loop" },
	{ .key = NULL },
};

static const struct wm__fact facts_close[] = {
	{ .key = "worker", .form = WM__FACT_WORD, .help = "name of the row" },
	{ .key = "reason",
	    .form = WM__FACT_WORD,
	    .help = "why connections were closed, in a word" },
	{ .key = "count",
	    .form = WM__FACT_COUNT,
	    .metric = "workerman_closed_total",
	    .help = "connections closed for that reason" },
	{ .key = NULL },
};

static const struct wm__fact facts_exit[] = {
	{ .key = "worker",
	    .form = WM__FACT_WORD,
	    .head = "WORKER",
	    .help = "name of the row" },
	{ .key = "count",
	    .form = WM__FACT_COUNT,
	    .head = "EXITS",
	    .metric = "workerman_exits_total",
	    .help = "processes that ended so" },
	{ .key = "cause",
	    .form = WM__FACT_WORD,
	    .head = "CAUSE",
	    .help = "exit status or signal, in words" },
	{ .key = NULL },
};

static const struct wm__fact facts_death[] = {
	{ .key = "worker",
	    .form = WM__FACT_WORD,
	    .head = "WORKER",
	    .help = "name of the row" },
	{ .key = "slot",
	    .form = WM__FACT_COUNT,
	    .help = "slot within the row" },
	{ .key = "pid",
	    .form = WM__FACT_COUNT,
	    .head = "PID",
	    .help = "process id that it had" },
	{ .key = "generation",
	    .form = WM__FACT_COUNT,
	    .help = "generation of its program" },
	{ .key = "at", .form = WM__FACT_COUNT, .help = "seconds since 1970" },
	{ .key = "age_ms",
	    .form = WM__FACT_MS,
	    .head = "AGE",
	    .help = "how long it lived" },
	{ .key = "lost",
	    .form = WM__FACT_COUNT,
	    .head = "LOST",
	    .help = "connections that it held" },
	{ .key = "cause",
	    .form = WM__FACT_WORD,
	    .head = "DEATH",
	    .help = "exit status or signal, in words" },
	{ .key = "core",
	    .form = WM__FACT_WORD,
	    .help = "its core dump, or why there is none; empty where one "
		    "is not to be expected" },
	{ .key = "callback",
	    .form = WM__FACT_WORD,
	    .head = "IN",
	    .help = "what ran; - when no code of the application did" },
	{ .key = "connection",
	    .form = WM__FACT_COUNT,
	    .help = "id of the connection that it ran for; 0: none" },
	{ .key = "protocol",
	    .form = WM__FACT_WORD,
	    .help = "of that connection; empty when not known" },
	{ .key = NULL },
};

const struct wm__fact_kind wm__fact_kinds[] = {
	{ "master", "master", "", facts_master, "the service as a whole" },
	{ "listener", "listeners", NULL, facts_listener,
	    "one for each address" },
	{ "worker", "workers", "worker", facts_worker,
	    "one for each row of the program's table, its processes that "
	    "ended included" },
	{ "process", "processes", "worker slot", facts_process,
	    "one for each process, and for each slot that has none" },
	{ "close", "closes", "worker reason", facts_close,
	    "one for each worker and reason that occurred" },
	{ "exit", "exits", "worker cause", facts_exit,
	    "one for each worker and cause that occurred" },
	{ "death", "deaths", NULL, facts_death,
	    "the last eight that nobody had asked for, the oldest first" },
	{ NULL, NULL, NULL, NULL, NULL },
};

const struct wm__fact_kind *
wm__facts_of(const char *kind)
{
	const struct wm__fact_kind *k = wm__fact_kinds;

	while (k->kind != NULL && strcmp(k->kind, kind) != 0)
		k++;
	return k->kind != NULL ? k : NULL;
}

const struct wm__fact *
wm__fact_find(const struct wm__fact_kind *kind, const char *key)
{
	const struct wm__fact *fact = kind->facts;

	while (fact->key != NULL && strcmp(fact->key, key) != 0)
		fact++;
	return fact->key != NULL ? fact : NULL;
}

const char *
wm__fact_type(enum wm__fact_form form)
{
	static const char *const types[] = {
#define FACTS_TYPE(name, type) [WM__FACT_##name] = type,
		WM__FACT_FORM_TABLE(FACTS_TYPE)
#undef FACTS_TYPE
	};

	return types[form];
}
