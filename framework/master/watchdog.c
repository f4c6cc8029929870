/* SPDX-License-Identifier: MIT */
/* When a worker hangs: see watchdog.h. */
#include "config.h"

#include "framework/master/watchdog.h"

static int64_t
watchdog_later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* A beat may lie up to one interval before the turn that hangs. A beat in the
   future is as good as one now. */
bool
wm__watchdog_is_late(const struct wm__watchdog *watch,
    const struct wm__watchdog_facts *facts)
{
	int64_t since = watchdog_later(facts->ready_ms, watch->excused_ms);

	if (facts->beat_ms >= (uint64_t)facts->now_ms)
		return false;
	since = watchdog_later(since, (int64_t)facts->beat_ms);
	return facts->now_ms - since >= facts->limit_ms + WM__WATCHDOG_BEAT_MS;
}

/* It was told to die and is still there. */
static enum wm__watchdog_verdict
watchdog_asked(const struct wm__watchdog *watch,
    const struct wm__watchdog_facts *facts)
{
	int64_t patience =
	    facts->written ? WM__WATCHDOG_CORE_MS : WM__WATCHDOG_ASK_MS;

	return facts->now_ms - watch->asked_ms >= patience ? WM__WATCHDOG_KILL :
							     WM__WATCHDOG_FINE;
}

enum wm__watchdog_verdict
wm__watchdog_judge(struct wm__watchdog *watch,
    const struct wm__watchdog_facts *facts)
{
	bool suspect = watch->suspect;

	if (watch->asked_ms != 0)
		return watchdog_asked(watch, facts);
	watch->suspect = wm__watchdog_is_late(watch, facts);
	if (!watch->suspect)
		return WM__WATCHDOG_FINE;
	if (facts->stopped) {
		watch->suspect = false;
		watch->excused_ms = facts->now_ms;
		return WM__WATCHDOG_FINE;
	}
	if (!suspect)
		return WM__WATCHDOG_FINE;
	watch->asked_ms = facts->now_ms;
	return WM__WATCHDOG_ASK;
}
