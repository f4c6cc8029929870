/* SPDX-License-Identifier: MIT */
/* The policy of policy.h; whoever calls it does the waiting. */
#include "config.h"

#include <limits.h>

#include "framework/master/policy.h"

uint64_t
wm__policy_died(struct wm__policy *policy, int64_t age_ms)
{
	uint64_t delay = WM__POLICY_FIRST_MS, most = WM__POLICY_MOST_MS;

	if (age_ms >= WM__POLICY_SOUND_MS)
		policy->failures = 0;
	if (policy->most_ms > 0)
		most = policy->most_ms;
	if (policy->failures < UINT_MAX)
		policy->failures++;
	if (policy->failures == 1)
		return 0;
	for (unsigned i = 2; i < policy->failures && delay < most; i++)
		delay *= 2;
	return delay < most ? delay : most;
}

bool
wm__policy_loops(const struct wm__policy *policy, int64_t age_ms)
{
	return policy->failures >= WM__POLICY_LOOP &&
	    age_ms < WM__POLICY_SOUND_MS;
}
