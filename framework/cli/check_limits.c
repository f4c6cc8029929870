/* SPDX-License-Identifier: MIT */
/*
 * What the system bounds, against what the table needs. What the master and a
 * worker hold open is in ipc.h and master/slots.h.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "framework/base/process.h"
#include "framework/base/system.h"
#include "framework/cli/check_limits.h"
#include "framework/ipc/table.h"
#include "framework/net/address.h"

#define LIMITS_OWN_FILES  24 /* loop, log, run directory, image, a few jobs */
#define LIMITS_SLOT_FILES 5  /* inbox (2), and of a child pair and pages */
#define LIMITS_MEMORY     (4ull << 20) /* an idle process, roughly */

/* ---- needs ---- */

uint64_t
wm__check_row_needs(const struct wm__table *table, const struct wm__row *row)
{
	/* A worker may serve the sockets of all its siblings, and knows the
	   inbox of everybody. */
	return LIMITS_OWN_FILES + wm__table_slots(table) +
	    row->count * (uint64_t)row->n_urls;
}

struct wm__needs
wm__check_needs(const struct wm__table *table)
{
	uint64_t slots = wm__table_slots(table);
	struct wm__needs needs = { .processes = slots + 1 };

	needs.master_files = LIMITS_OWN_FILES + slots * LIMITS_SLOT_FILES;
	needs.reload_files = needs.master_files + slots * LIMITS_SLOT_FILES;
	for (size_t i = 0; i < table->n_rows; i++) {
		const struct wm__row *row = &table->rows[i];
		uint64_t worker = wm__check_row_needs(table, row);

		needs.master_files += row->count * (uint64_t)row->n_urls;
		needs.reload_files += row->count * (uint64_t)row->n_urls;
		if (worker > needs.worker_files)
			needs.worker_files = worker;
	}
	return needs;
}

/* ---- judges ---- */

static uint64_t
limits_most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void
wm__judge_files(const struct wm__needs *needs, uint64_t limit,
    struct wm__finding *f)
{
	uint64_t least = limits_most(needs->master_files, needs->worker_files);
	uint64_t good = limits_most(needs->reload_files,
	    needs->worker_files + WM__CHECK_CONNECTIONS);

	if (limit == WM__SYSTEM_UNLIMITED) {
		wm__finding_set(f, WM__CHECK_OK, "no limit of open files");
		return;
	}
	if (limit < least)
		wm__finding_set(f, WM__CHECK_MISSING,
		    "%" PRIu64 " open files per process are allowed, %" PRIu64
		    " are needed before the first connection",
		    limit, least);
	else if (limit < needs->reload_files)
		wm__finding_set(f, WM__CHECK_WARN,
		    "%" PRIu64 " open files per process: enough to start, but "
		    "a reload needs %" PRIu64,
		    limit, needs->reload_files);
	else
		wm__finding_set(f, limit < good ? WM__CHECK_WARN : WM__CHECK_OK,
		    "%" PRIu64 " open files per process: room for %" PRIu64
		    " connections in each",
		    limit, limit - needs->worker_files);
	if (limit < good)
		wm__finding_mend_as_root(f,
		    "prlimit --nofile=%" PRIu64 " --pid $$",
		    limits_most(65536, good));
}

void
wm__judge_row_files(const struct wm__row_files *facts, struct wm__finding *f)
{
	if (facts->wanted < facts->needed) {
		wm__finding_set(f, WM__CHECK_MISSING,
		    "worker %s: its .nofile of %" PRIu64
		    " is below the %" PRIu64
		    " that it needs before the first connection",
		    facts->worker, facts->wanted, facts->needed);
	} else if (facts->wanted > facts->hard && !facts->may_raise) {
		wm__finding_set(f, WM__CHECK_MISSING,
		    "worker %s: its .nofile is %" PRIu64 ", and %" PRIu64
		    " open files are allowed",
		    facts->worker, facts->wanted, facts->hard);
		wm__finding_mend_as_root(f,
		    "prlimit --nofile=%" PRIu64 " --pid $$", facts->wanted);
	} else {
		wm__finding_set(f, WM__CHECK_OK,
		    "worker %s: %" PRIu64 " open files, as it says",
		    facts->worker, facts->wanted);
	}
}

void
wm__judge_cpus(const char *worker, const char *cpus, long slot,
    struct wm__finding *f)
{
	if (slot < 0) {
		wm__finding_set(f, WM__CHECK_OK,
		    "worker %s would run on %.200s", worker, cpus);
		return;
	}
	wm__finding_set(f, WM__CHECK_MISSING,
	    "worker %s: of its CPUs %.200s that of process %ld cannot be had",
	    worker, cpus, slot);
	wm__finding_mend(f, "taskset -cp $$");
}

void
wm__judge_processes(const struct wm__needs *needs, uint64_t mine,
    uint64_t group, struct wm__finding *f)
{
	/* A reload has old and new workers at once. */
	uint64_t both = needs->processes * 2;

	if (group < needs->processes)
		wm__finding_set(f, WM__CHECK_MISSING,
		    "the control group has room for %" PRIu64
		    " processes (pids.max), %" PRIu64 " are needed",
		    group, needs->processes);
	else if (mine < needs->processes) {
		wm__finding_set(f, WM__CHECK_MISSING,
		    "the user may have %" PRIu64 " processes, %" PRIu64
		    " are needed",
		    mine, needs->processes);
		wm__finding_mend_as_root(f,
		    "prlimit --nproc=%" PRIu64 " --pid $$",
		    limits_most(4096, both));
	} else if (group < both || mine < both) {
		wm__finding_set(f, WM__CHECK_WARN,
		    "room for %" PRIu64 " processes: too few for old and new "
		    "workers at once, which would be %" PRIu64,
		    mine < group ? mine : group, both);
		if (mine < both)
			wm__finding_mend_as_root(f,
			    "prlimit --nproc=%" PRIu64 " --pid $$",
			    limits_most(4096, both));
	} else
		wm__finding_set(f, WM__CHECK_OK,
		    "%" PRIu64 " are needed, more are allowed",
		    needs->processes);
}

void
wm__judge_memory(const struct wm__needs *needs, uint64_t available,
    long long overcommit, struct wm__finding *f)
{
	uint64_t need = needs->processes * LIMITS_MEMORY;

	if (available == 0)
		wm__finding_set(f, WM__CHECK_OK, "not known on this system");
	else if (available < need)
		wm__finding_set(f, WM__CHECK_WARN,
		    "%" PRIu64 " MiB available; %" PRIu64
		    " idle processes take about %" PRIu64 " MiB",
		    available >> 20, needs->processes, need >> 20);
	else if (overcommit == 2) {
		wm__finding_set(f, WM__CHECK_WARN,
		    "%" PRIu64 " MiB available, but the kernel refuses what "
		    "it could not back (vm.overcommit_memory=2): new workers "
		    "may fail",
		    available >> 20);
		wm__finding_mend_as_root(f, "sysctl -w vm.overcommit_memory=0");
	} else
		wm__finding_set(f, WM__CHECK_OK, "%" PRIu64 " MiB available",
		    available >> 20);
}

void
wm__judge_core(uint64_t limit, const char *pattern, struct wm__finding *f)
{
	const char *where = *pattern != '\0' ? pattern : "core";

	/* Info only: not everybody wants core dumps. A pipe gets its dump
	   whatever the limit is. */
	if (limit == 0 && *pattern != '|') {
		wm__finding_set(f, WM__CHECK_OK,
		    "a crash leaves none (limit 0)");
		wm__finding_mend(f, "ulimit -c unlimited");
	} else if (*pattern == '|')
		wm__finding_set(f, WM__CHECK_OK, "a crash goes to %.200s",
		    pattern + 1);
	else
		wm__finding_set(f, WM__CHECK_OK, "a crash leaves %.200s",
		    where);
}

void
wm__judge_backlog(long long most, uint32_t wanted, struct wm__finding *f)
{
	if (wanted == 0)
		wm__finding_set(f, WM__CHECK_OK, "no worker listens");
	else if (most == WM__SYSTEM_UNKNOWN)
		wm__finding_set(f, WM__CHECK_OK,
		    "%u connections may wait per socket, if the system agrees",
		    wanted);
	else if (most < wanted) {
		wm__finding_set(f, WM__CHECK_WARN,
		    "%lld connections may wait per socket, not %u "
		    "(net.core.somaxconn)",
		    most, wanted);
		wm__finding_mend_as_root(f, "sysctl -w net.core.somaxconn=%u",
		    wanted);
	} else
		wm__finding_set(f, WM__CHECK_OK,
		    "%u connections may wait per socket", wanted);
}

void
wm__judge_buffer(const char *setting, long long most, uint32_t wanted,
    struct wm__finding *f)
{
	if (most == WM__SYSTEM_UNKNOWN || most >= wanted) {
		wm__finding_set(f, WM__CHECK_OK,
		    "%u bytes are granted (net.core.%s)", wanted, setting);
		return;
	}
	wm__finding_set(f, WM__CHECK_WARN,
	    "a socket gets %lld bytes, not %u (net.core.%s)", most, wanted,
	    setting);
	wm__finding_mend_as_root(f, "sysctl -w net.core.%s=%u", setting,
	    wanted);
}

/* ---- facts ---- */

void
wm__check_files(const struct wm__check *check, struct wm__report *report)
{
	struct wm__needs needs = wm__check_needs(check->table);
	struct wm__finding f = { 0 };

	wm__judge_files(&needs, wm__system_limit(WM__LIMIT_FILES), &f);
	wm__report_add(report, &f);
	for (size_t i = 0; i < check->table->n_rows; i++) {
		const struct wm__row *row = &check->table->rows[i];
		struct wm__row_files facts = { row->name, row->nofile,
			wm__check_row_needs(check->table, row),
			wm__system_limit(WM__LIMIT_FILES),
			wm__system_may(WM__MAY_RAISE_LIMITS) };

		if (row->nofile == 0)
			continue;
		f = (struct wm__finding){ 0 };
		wm__judge_row_files(&facts, &f);
		wm__report_add(report, &f);
	}
}

/* Tried on this very process, which is about to end: the last check. */
void
wm__check_cpus(const struct wm__check *check, struct wm__report *report)
{
	for (size_t i = 0; i < check->table->n_rows; i++) {
		const struct wm__row *row = &check->table->rows[i];
		struct wm__finding f = { 0 };
		long failed = -1;

		if (row->cpus == NULL)
			continue;
		for (uint32_t k = 0; k < row->count && failed < 0; k++)
			if (wm__process_pin(row->cpus, k) < 0)
				failed = k;
		wm__judge_cpus(row->name, row->cpus, failed, &f);
		wm__report_add(report, &f);
	}
}

void
wm__check_processes(const struct wm__check *check, struct wm__report *report)
{
	struct wm__needs needs = wm__check_needs(check->table);
	struct wm__finding f = { 0 };

	wm__judge_processes(&needs, wm__system_limit(WM__LIMIT_PROCESSES),
	    wm__system_group_room(), &f);
	wm__report_add(report, &f);
}

void
wm__check_memory(const struct wm__check *check, struct wm__report *report)
{
	struct wm__needs needs = wm__check_needs(check->table);
	struct wm__finding f = { 0 };

	wm__judge_memory(&needs, wm__system_memory(),
	    wm__system_number("vm/overcommit_memory"), &f);
	wm__report_add(report, &f);
}

void
wm__check_core(const struct wm__check *check, struct wm__report *report)
{
	struct wm__finding f = { 0 };
	char pattern[256] = "";

	(void)check;
	wm__system_text("kernel/core_pattern", pattern, sizeof(pattern));
	wm__judge_core(wm__system_limit(WM__LIMIT_CORE), pattern, &f);
	wm__report_add(report, &f);
}

/* The largest backlog, receive and send buffer of the table's sockets. */
struct limits_most {
	uint32_t backlog, receive, send;
};

static uint32_t
limits_larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static void
limits_most_of(const struct wm__row *row, size_t k, struct limits_most *most)
{
	static const struct wm__socket_options none;
	const struct wm__socket_options *o =
	    row->sockets != NULL ? &row->sockets[k] : &none;
	struct wm__url url;
	const char *why;

	if (wm__url_parse(row->urls[k], &url, &why) == 0 &&
	    url.transport != WM__UDP)
		most->backlog = limits_larger(most->backlog,
		    o->backlog > 0 ? o->backlog : WM__BACKLOG);
	most->receive = limits_larger(most->receive, o->receive_buffer);
	most->send = limits_larger(most->send, o->send_buffer);
}

static struct limits_most
limits_most_in(const struct wm__table *table)
{
	struct limits_most most = { 0, 0, 0 };

	for (size_t i = 0; i < table->n_rows; i++)
		for (size_t k = 0; k < table->rows[i].n_urls; k++)
			limits_most_of(&table->rows[i], k, &most);
	return most;
}

void
wm__check_backlog(const struct wm__check *check, struct wm__report *report)
{
	struct limits_most most = limits_most_in(check->table);
	struct wm__finding f = { 0 };

	wm__judge_backlog(wm__system_number("net/core/somaxconn"), most.backlog,
	    &f);
	wm__report_add(report, &f);
}

static void
limits_check_buffer(const char *setting, uint32_t wanted,
    struct wm__report *report)
{
	struct wm__finding f = { 0 };
	char path[64];

	if (wanted == 0)
		return;
	snprintf(path, sizeof(path), "net/core/%s", setting);
	wm__judge_buffer(setting, wm__system_number(path), wanted, &f);
	wm__report_add(report, &f);
}

void
wm__check_buffers(const struct wm__check *check, struct wm__report *report)
{
	struct limits_most most = limits_most_in(check->table);

	limits_check_buffer("rmem_max", most.receive, report);
	limits_check_buffer("wmem_max", most.send, report);
}
