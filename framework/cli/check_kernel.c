/* SPDX-License-Identifier: MIT */
/* The kernel and the event loop on it. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "framework/cli/check_kernel.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/ipc/table.h"
#include "framework/net/loop.h"

static const struct {
	const char *word;
	const char *without;
} kernel_features[] = {
#define KERNEL_FEATURE(name, word, without) { word, without },
	WM__SYSTEM_FEATURES(KERNEL_FEATURE)
#undef KERNEL_FEATURE
};

/* ---- judges ---- */

void
wm__judge_kernel(const char *kernel, const bool has[WM__SYSTEM_FEATURE_COUNT],
    bool shares, struct wm__finding *f)
{
	char words[128] = "";
	size_t len = 0;

	for (int i = 0; i < WM__SYSTEM_FEATURE_COUNT; i++) {
		if (!has[i]) {
			bool fatal = i == WM__SYSTEM_REUSEPORT && shares;

			wm__finding_set(f,
			    fatal ? WM__CHECK_MISSING : WM__CHECK_WARN,
			    "%s has no %s: %s", kernel, kernel_features[i].word,
			    kernel_features[i].without);
			return;
		}
		len += (size_t)snprintf(words + len, sizeof(words) - len,
		    "%s%s", i > 0 ? ", " : "", kernel_features[i].word);
	}
	wm__finding_set(f, WM__CHECK_OK, "%s: %s", kernel, words);
}

void
wm__judge_event_loop(const struct wm__loop_facts *facts, struct wm__finding *f)
{
	if (facts->got == NULL) {
		wm__finding_set(f, WM__CHECK_MISSING,
		    "there is no %s here; there is: %s",
		    facts->wanted != NULL ? facts->wanted : "event loop",
		    facts->backends);
		return;
	}
	if (facts->most > 0)
		wm__finding_set(f, WM__CHECK_WARN,
		    "%s cannot watch a descriptor from %d on, whatever the "
		    "limit of open files; there is: %s",
		    facts->got, facts->most, facts->backends);
	else if (strcmp(facts->got, "poll") == 0)
		wm__finding_set(f, WM__CHECK_WARN,
		    "poll looks at every connection in every turn; there is: "
		    "%s",
		    facts->backends);
	else
		wm__finding_set(f, WM__CHECK_OK, "%s; there is: %s", facts->got,
		    facts->backends);
}

void
wm__judge_migration(long long setting, struct wm__finding *f)
{
	/* The master keeps every listening socket, so this is only for what
	   goes around it. */
	if (setting == WM__SYSTEM_UNKNOWN)
		wm__finding_set(f, WM__CHECK_OK,
		    "the kernel has none, and none is needed: the master keeps "
		    "the queues");
	else
		wm__finding_set(f, WM__CHECK_OK,
		    "net.ipv4.tcp_migrate_req=%lld; none is needed: the master "
		    "keeps the queues",
		    setting);
}

/* ---- facts ---- */

/* Whether several sockets must share a port. */
static bool
kernel_shares(const struct wm__table *table)
{
	for (size_t i = 0; i < table->n_rows; i++)
		if (table->rows[i].count > 1 && table->rows[i].n_urls > 0)
			return true;
	return false;
}

void
wm__check_kernel(const struct wm__check *check, struct wm__report *report)
{
	bool has[WM__SYSTEM_FEATURE_COUNT];
	struct wm__finding f = { 0 };
	char kernel[128];

	wm__system_kernel(kernel, sizeof(kernel));
	for (int i = 0; i < WM__SYSTEM_FEATURE_COUNT; i++)
		has[i] = wm__system_has((enum wm__system_feature)i);
	wm__judge_kernel(kernel, has, kernel_shares(check->table), &f);
	wm__report_add(report, &f);
}

void
wm__check_event_loop(const struct wm__check *check, struct wm__report *report)
{
	struct wm__loop_facts facts = { .wanted =
					    check->cli->options->event_loop };
	struct wm__finding f = { 0 };
	struct wm__loop *loop = NULL;
	char backends[128];
	const char *why;

	facts.backends = wm__loop_backends(backends, sizeof(backends));
	if (wm__loop_new(&loop, facts.wanted, &why) == 0) {
		facts.got = wm__loop_backend(loop);
		facts.most = wm__loop_max_fd(loop);
	}
	wm__judge_event_loop(&facts, &f);
	wm__loop_free(&loop);
	wm__report_add(report, &f);
}

void
wm__check_migration(const struct wm__check *check, struct wm__report *report)
{
	struct wm__finding f = { 0 };

	(void)check;
	wm__judge_migration(wm__system_number("net/ipv4/tcp_migrate_req"), &f);
	wm__report_add(report, &f);
}
