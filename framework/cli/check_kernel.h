/* SPDX-License-Identifier: MIT */
/* Judges of the kernel, of the event loop and of the libraries. */
#ifndef CLI_CHECK_KERNEL_H
#define CLI_CHECK_KERNEL_H

#include <stdbool.h>

#include "framework/base/system.h"
#include "framework/cli/check.h"

/* `has` by enum wm__system_feature; `shares`: a listener has several slots. */
void wm__judge_kernel(const char *kernel,
    const bool has[WM__SYSTEM_FEATURE_COUNT], bool shares,
    struct wm__finding *f);

/*
 * `wanted` is --event-loop or null; `got` what it came to, null when it could
 * not be had; `most` the first descriptor that it cannot watch or 0.
 */
struct wm__loop_facts {
	const char *wanted, *got;
	const char *backends;
	int most;
};
void wm__judge_event_loop(const struct wm__loop_facts *facts,
    struct wm__finding *f);

/* net.ipv4.tcp_migrate_req, or WM__SYSTEM_UNKNOWN. */
void wm__judge_migration(long long setting, struct wm__finding *f);

/*
 * A library as compiled and as loaded; either may be null: not known. `file`
 * is what is loaded, null when there is none.
 */
struct wm__library_facts {
	const char *name, *compiled, *loaded, *file;
};
void wm__judge_library(const struct wm__library_facts *facts,
    struct wm__finding *f);

#endif
