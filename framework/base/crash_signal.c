/* SPDX-License-Identifier: MIT */
/*
 * The last act of a worker: the handler of SIGSEGV and its kin. It runs on a
 * stack of its own, since the other one may be what overflowed, writes to the
 * crash page and calls nothing that allocates or locks. What follows is the
 * signal's own effect, so that wait status and core dump are what they would
 * have been.
 *
 * A fault inside the handler ends the process at once; a handler that comes
 * to no end is ended by the alarm clock.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#endif
#ifdef HAVE_DL_ITERATE_PHDR
#include <link.h>
#endif
#ifdef HAVE_BACKTRACE
#include <execinfo.h>
#endif

#include "framework/base/core.h"
#include "framework/base/crash.h"

#define CRASH_SECONDS 1           /* that writing the page may take */
#define CRASH_STACK   (64u << 10) /* of the handler */
#define CRASH_SKIPPED 8           /* frames of the handler itself, at most */

/*
 * `again`: the instruction at fault is tried again on return and raises the
 * signal by itself, with the same address. Others must be raised anew.
 */
static const struct {
	int signo;
	bool again;
} crash_signals[] = {
	{ SIGSEGV, true },
	{ SIGBUS, true },
	{ SIGFPE, true },
	{ SIGILL, true },
	{ SIGABRT, false },
	{ SIGSYS, false },
	{ SIGTRAP, false },
};

#define CRASH_SIGNALS (sizeof(crash_signals) / sizeof(*crash_signals))

static struct wm__crash *crash_page;
static pid_t crash_owner; /* whose page it is; not its children's */
static const char *(*crash_protocol)(uint64_t conn);
static struct sigaction crash_before[CRASH_SIGNALS];
static volatile sig_atomic_t crash_signo; /* that is being handled */
static char crash_core_folder[WM__CORE_PATTERN];
static char crash_stack[CRASH_STACK];

/* ---- what systems tell, each in its own way ---- */

#if defined(__linux__)

static bool
crash_is_elsewhere(void)
{
	return syscall(SYS_gettid) != getpid();
}

static uint32_t
crash_dumpable(void)
{
	return prctl(PR_GET_DUMPABLE) == 1;
}

#else

static bool
crash_is_elsewhere(void)
{
	return false;
}

static uint32_t
crash_dumpable(void)
{
	return 1;
}

#endif

struct crash_registers {
	uint64_t pc, stack;
	uint64_t caller; /* where a call that went nowhere came from */
};

#if defined(__linux__) && defined(__x86_64__)

static struct crash_registers
crash_registers(const void *context)
{
	const greg_t *r = ((const ucontext_t *)context)->uc_mcontext.gregs;
	struct crash_registers found = { (uint64_t)r[REG_RIP],
		(uint64_t)r[REG_RSP], 0 };

	return found;
}

/* After a call through a null pointer: the word on top of the stack. */
static uint64_t
crash_caller(const struct crash_registers *r)
{
	uint64_t caller = 0;

	if (r->pc < 4096 && r->stack >= 4096 && r->stack % sizeof(caller) == 0)
		memcpy(&caller, (const void *)(uintptr_t)r->stack,
		    sizeof(caller));
	return caller;
}

#elif defined(__linux__) && defined(__aarch64__)

static struct crash_registers
crash_registers(const void *context)
{
	const mcontext_t *m = &((const ucontext_t *)context)->uc_mcontext;
	struct crash_registers found = { m->pc, m->sp, m->regs[30] };

	return found;
}

static uint64_t
crash_caller(const struct crash_registers *r)
{
	return r->pc < 4096 ? r->caller : 0;
}

#else

static struct crash_registers
crash_registers(const void *context)
{
	struct crash_registers unknown = { 0, 0, 0 };

	(void)context;
	return unknown;
}

static uint64_t
crash_caller(const struct crash_registers *r)
{
	(void)r;
	return 0;
}

#endif

#ifdef HAVE_BACKTRACE

static int
crash_walk(void **frames, int max)
{
	return backtrace(frames, max);
}

#else

static int
crash_walk(void **frames, int max)
{
	(void)frames;
	(void)max;
	return 0;
}

#endif

/* ---- the handler ---- */

static void
crash_write_signal(struct wm__crash *page, const siginfo_t *info,
    const struct crash_registers *at)
{
	struct rlimit core = { 0 };

	getrlimit(RLIMIT_CORE, &core);
	page->signo = info->si_signo;
	page->code = info->si_code;
	page->address =
	    info->si_code > 0 ? (uint64_t)(uintptr_t)info->si_addr : 0;
	page->stack = at->stack;
	page->elsewhere = crash_is_elsewhere();
	page->core_limit = (uint64_t)core.rlim_cur;
	page->dumpable = crash_dumpable();
	page->writable = access(crash_core_folder, W_OK) == 0;
}

/*
 * The frames below the handler: those behind the one that the handler returns
 * to, which is the system's.
 */
static void
crash_write_frames(struct wm__crash *page, const struct crash_registers *at,
    const void *returns_to)
{
	void *frames[WM__CRASH_FRAMES + CRASH_SKIPPED];
	int n = crash_walk(frames, WM__CRASH_FRAMES + CRASH_SKIPPED), from = 0;
	uint64_t caller;

	for (int i = 0; i < n && i < CRASH_SKIPPED && from == 0; i++)
		if (frames[i] == returns_to)
			from = i + 1;
	for (int i = from; i < n && page->n_frames < WM__CRASH_FRAMES; i++)
		page->frames[page->n_frames++] = (uint64_t)(uintptr_t)frames[i];
	if (page->n_frames == 0 && at->pc != 0)
		page->frames[page->n_frames++] = at->pc;
	if (page->n_frames > 1)
		return;
	caller = crash_caller(at);
	if (caller != 0)
		page->frames[page->n_frames++] = caller;
}

static void
crash_write_protocol(struct wm__crash *page)
{
	uint64_t conn = page->running.conn;
	const char *name = conn != 0 ? crash_protocol(conn) : NULL;

	for (size_t i = 0; name != NULL && i < WM__CRASH_NAME - 1; i++) {
		page->protocol[i] = name[i];
		if (name[i] == '\0')
			break;
	}
}

static void
crash_unblock(int signo)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void
crash_default(int signo)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	sigaction(signo, &action, NULL);
}

/* The alarm clock: what is written must do. */
static void
crash_is_late(int signo)
{
	(void)signo;
	crash_default(crash_signo);
	raise(crash_signo);
	crash_unblock(crash_signo);
}

static void
crash_set_alarm(void)
{
	struct sigaction action = { .sa_handler = crash_is_late,
		.sa_flags = SA_ONSTACK };

	sigaction(SIGALRM, &action, NULL);
	crash_unblock(SIGALRM);
	alarm(CRASH_SECONDS);
}

static void
crash_write(const siginfo_t *info, const void *context, const void *returns_to)
{
	struct wm__crash *page = crash_page;
	struct crash_registers at = crash_registers(context);

	crash_write_signal(page, info, &at);
	page->stage = WM__CRASH_BEGUN;
	crash_write_frames(page, &at, returns_to);
	page->stage = WM__CRASH_TRACE;
	if (!page->elsewhere)
		crash_write_protocol(page);
	page->stage = WM__CRASH_DONE;
}

/* Whoever had the signal before has it now; else it takes its effect. */
static void
crash_pass_on(siginfo_t *info, void *context)
{
	size_t i = 0;

	while (
	    i + 1 < CRASH_SIGNALS && crash_signals[i].signo != info->si_signo)
		i++;
	if (crash_before[i].sa_flags & SA_SIGINFO)
		crash_before[i].sa_sigaction(info->si_signo, info, context);
	else if (crash_before[i].sa_handler != SIG_DFL &&
	    crash_before[i].sa_handler != SIG_IGN)
		crash_before[i].sa_handler(info->si_signo);
	if (!crash_signals[i].again || info->si_code <= 0)
		raise(info->si_signo); /* comes when this returns */
}

static void
crash_handle(int signo, siginfo_t *info, void *context)
{
	const void *returns_to = __builtin_return_address(0);

	crash_default(signo);
	if (crash_signo == 0 && getpid() == crash_owner) {
		crash_signo = signo;
		crash_set_alarm();
		crash_write(info, context, returns_to);
		alarm(0);
	}
	crash_pass_on(info, context);
}

/* ---- set-up ---- */

#ifdef HAVE_DL_ITERATE_PHDR

static void
crash_name_module(char name[WM__CRASH_NAME], const char *path)
{
	const char *base = strrchr(path, '/');
	size_t len;

	if (base != NULL)
		path = base + 1;
	len = strnlen(path, WM__CRASH_NAME - 1);
	memcpy(name, path, len);
	name[len] = '\0';
}

static int
crash_note_module(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct wm__crash *page = arg;
	struct wm__crash_module *m = &page->modules[page->n_modules];

	(void)size;
	if (page->n_modules == WM__CRASH_MODULES)
		return 1;
	m->bias = info->dlpi_addr;
	m->start = UINT64_MAX;
	m->end = 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		uint64_t start = m->bias + info->dlpi_phdr[i].p_vaddr;
		uint64_t end = start + info->dlpi_phdr[i].p_memsz;

		if (info->dlpi_phdr[i].p_type != PT_LOAD)
			continue;
		m->start = start < m->start ? start : m->start;
		m->end = end > m->end ? end : m->end;
	}
	crash_name_module(m->name,
	    info->dlpi_name != NULL ? info->dlpi_name : "");
	page->n_modules++;
	return 0;
}

void
wm__crash_note_modules(struct wm__crash *page)
{
	page->n_modules = 0;
	dl_iterate_phdr(crash_note_module, page);
}

#else

void
wm__crash_note_modules(struct wm__crash *page)
{
	page->n_modules = 0;
}

#endif

/* A sanitizer has made one already. */
static void
crash_use_stack(void)
{
	stack_t stack = { .ss_sp = crash_stack, .ss_size = CRASH_STACK }, old;

	if (sigaltstack(NULL, &old) == 0 && (old.ss_flags & SS_DISABLE))
		sigaltstack(&stack, NULL);
}

void
wm__crash_install(struct wm__crash *page,
    const char *(*protocol)(uint64_t conn))
{
	struct sigaction action = { .sa_sigaction = crash_handle,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND };
	void *frames[1];

	crash_page = page;
	crash_owner = getpid();
	crash_protocol = protocol;
	wm__core_folder(crash_core_folder, sizeof(crash_core_folder));
	wm__crash_note_modules(page);
	crash_walk(frames, 1); /* loads what it needs, which it may not later */
	crash_use_stack();
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < CRASH_SIGNALS; i++)
		sigaction(crash_signals[i].signo, &action, &crash_before[i]);
	wm__running = &page->running;
}
