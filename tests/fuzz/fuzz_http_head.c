/* SPDX-License-Identifier: MIT */
/* Any bytes: what our scan takes for a head, llhttp reads in the same way. */
#include <err.h>
#include <stdlib.h>

#include "tests/support/http_twice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *why;

	if (http_twice((const char *)data, len, &why) && why != NULL) {
		warnx("%s", why);
		abort();
	}
	return 0;
}
