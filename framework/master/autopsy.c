/* SPDX-License-Identifier: MIT */
/*
 * Words for what a crash page says. Its strings and counts are within their
 * bounds (wm__crash_read()); that they are true nobody promises, so they are
 * printed and nothing else.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <workerman/log.h>

#include "framework/base/core.h"
#include "framework/master/autopsy.h"
#include "framework/master/image.h"
#include "framework/master/obituary.h"
#include "framework/master/symbols.h"

#define AUTOPSY_STACK_GAP (64 << 10) /* bytes from an overflow to the stack */

static bool
autopsy_is_overflow(const struct wm__crash *page)
{
	uint64_t gap = page->address > page->stack ?
	    page->address - page->stack :
	    page->stack - page->address;

	return page->signo == SIGSEGV && page->code > 0 && page->stack != 0 &&
	    gap < AUTOPSY_STACK_GAP;
}

/* ---- why ---- */

static void
autopsy_core(struct wm__autopsy *a, int wait_status)
{
	char pattern[WM__CORE_PATTERN];
	struct wm__core core = {
		.known = a->page.stage != WM__CRASH_NONE,
		.limit = a->page.core_limit,
		.dumpable = a->page.dumpable == 1,
		.writable = a->page.writable == 1,
		.pattern = wm__core_pattern(pattern, sizeof(pattern)),
	};
	struct rlimit own = { 0 };

	if (!WIFSIGNALED(wait_status) ||
	    !wm__core_is_due(WTERMSIG(wait_status)))
		return;
#ifdef WCOREDUMP
	core.dumped = WCOREDUMP(wait_status);
#endif
	if (!core.known && getrlimit(RLIMIT_CORE, &own) == 0)
		core.limit = own.rlim_cur; /* it inherits ours */
	wm__core_words(&core, a->core, sizeof(a->core));
}

static void
autopsy_cause(struct wm__autopsy *a, int wait_status, unsigned hung_s)
{
	int signo = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
	size_t size = sizeof(a->cause), len;

	if (hung_s > 0)
		snprintf(a->cause, size,
		    "did not turn its loop for %u s (watchdog)", hung_s);
	else
		wm__obituary(wait_status, a->cause, size);
	len = strlen(a->cause);
	if (hung_s == 0 && a->page.stage != WM__CRASH_NONE &&
	    a->page.signo != signo)
		snprintf(a->cause + len, size - len, " after %s",
		    wm__obituary_signal(a->page.signo));
}

/* ---- where ---- */

static void
autopsy_address(const struct wm__crash *page, char *buf, size_t size)
{
	if (autopsy_is_overflow(page))
		snprintf(buf, size, ", stack overflow");
	else if ((page->signo == SIGSEGV || page->signo == SIGBUS) &&
	    page->code > 0)
		snprintf(buf, size, ", at address 0x%" PRIx64, page->address);
}

static void
autopsy_where(struct wm__autopsy *a)
{
	const struct wm__crash *page = &a->page;
	uint64_t conn = page->running.conn;
	char *buf = a->where;
	size_t size = sizeof(a->where), len = 0;

	if (page->elsewhere)
		len = (size_t)snprintf(buf, size,
		    "in a thread of the application");
	else if (page->running.what != WM__RUNNING_NOTHING)
		len = (size_t)snprintf(buf, size, "in %s",
		    wm__running_word(page->running.what));
	else if (page->stage != WM__CRASH_NONE)
		len = (size_t)snprintf(buf, size, "in no callback");
	if (len > 0 && conn != 0 && !page->elsewhere)
		len += (size_t)snprintf(buf + len, size - len,
		    " of connection %" PRIu64, conn);
	if (len > 0 && page->protocol[0] != '\0')
		len += (size_t)snprintf(buf + len, size - len, " (%s)",
		    page->protocol);
	if (len > 0)
		autopsy_address(page, buf + len, size - len);
}

void
wm__autopsy(struct wm__autopsy *a_r, const struct wm__crash *page,
    int wait_status, unsigned hung_s)
{
	wm__crash_read(page, &a_r->page);
	a_r->where[0] = a_r->core[0] = '\0';
	autopsy_cause(a_r, wait_status, hung_s);
	autopsy_core(a_r, wait_status);
	autopsy_where(a_r);
}

/* ---- the backtrace ---- */

char *
wm__autopsy_frame(const struct wm__autopsy *a, uint32_t i,
    struct wm__symbols *symbols, const char *program, char *buf, size_t size)
{
	uint64_t at = a->page.frames[i];
	const struct wm__crash_module *m;
	const char *name = NULL;

	/* But for the first, these are where a call returns to, which may be
	   the next function already when the call was the last of its own. */
	m = wm__crash_module(&a->page, i > 0 ? at - 1 : at);
	if (m == NULL) {
		snprintf(buf, size, "#%" PRIu32 " 0x%" PRIx64, i, at);
		return buf;
	}
	if (m->name[0] == '\0')
		name = wm__symbols_find(symbols, at - m->bias - (i > 0));
	else
		program = m->name;
	snprintf(buf, size, "#%" PRIu32 " %s%s%s+0x%" PRIx64 "%s", i,
	    name != NULL ? name : "", name != NULL ? " (" : "", program,
	    at - m->bias, name != NULL ? ")" : "");
	return buf;
}

uint32_t
wm__autopsy_repeats(const struct wm__autopsy *a, uint32_t i)
{
	uint32_t n = 0;

	while (i + n + 1 < a->page.n_frames &&
	    a->page.frames[i + n + 1] == a->page.frames[i])
		n++;
	return n;
}

void
wm__autopsy_log(const struct wm__autopsy *a, const struct wm__image *image)
{
	const char *program = strrchr(image->path, '/');
	struct wm__symbols *symbols = NULL;
	char line[512];
	uint32_t more;

	if (a->page.n_frames > 0)
		symbols = wm__symbols_open(image);
	for (uint32_t i = 0; i < a->page.n_frames; i += more + 1) {
		more = wm__autopsy_repeats(a, i);
		wm__autopsy_frame(a, i, symbols,
		    program != NULL ? program + 1 : image->path, line,
		    sizeof(line));
		if (more > 0)
			wm_log(WM_LOG_WARNING, "  %s, and %" PRIu32 " more",
			    line, more);
		else
			wm_log(WM_LOG_WARNING, "  %s", line);
	}
	wm__symbols_close(&symbols);
}
