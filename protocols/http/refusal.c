/* SPDX-License-Identifier: MIT */
/*
 * The rows of refusal.h as data.
 */
#include "refusal.h"

static const struct http_refusal refusals[HTTP_VERDICTS] = {
#define REFUSAL_ROW(name, status, error, why)                                  \
	[HTTP_BAD_##name] = { status, WM_E_##error, why },
	HTTP_REFUSAL_TABLE(REFUSAL_ROW)
#undef REFUSAL_ROW
};

const struct http_refusal *
wm__http_refusal(enum http_verdict v)
{
	return &refusals[v];
}
