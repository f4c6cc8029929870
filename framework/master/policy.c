/* SPDX-License-Identifier: MIT */
/* The policy of policy.h; whoever calls it does the waiting. */
#include "config.h"

#include "framework/master/policy.h"

uint64_t
wm__policy_died(struct wm__policy *policy, int64_t age_ms)
{
	uint64_t delay = WM__POLICY_FIRST_MS;

	if (age_ms >= WM__POLICY_SOUND_MS)
		policy->failures = 0;
	policy->failures++;
	if (policy->failures == 1)
		return 0;
	for (unsigned i = 2; i < policy->failures; i++) {
		delay *= 2;
		if (delay >= WM__POLICY_MOST_MS)
			return WM__POLICY_MOST_MS;
	}
	return delay;
}
