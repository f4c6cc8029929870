/* SPDX-License-Identifier: MIT */
/* The certificates of the table's listeners, and how long they last. */
#include "config.h"

#include "framework/cli/check.h"

/* A URL with TLS is refused by net/address.c, so no table has one. */
void
wm__check_certificates(const struct wm__check *check, struct wm__report *report)
{
	struct wm__finding f = { 0 };

	(void)check;
	wm__finding_set(&f, WM__CHECK_OK, "no listener uses TLS");
	wm__report_add(report, &f);
}
