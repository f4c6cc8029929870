/* SPDX-License-Identifier: MIT */
/* Scaling with integers: what is shown is cut, never rounded up to the next
   unit. */
#include "config.h"

#include <stdio.h>

#include "framework/cli/figures.h"

void
wm__figure_short(unsigned long long n, char *buf, size_t size)
{
	const char *unit = "kMGTPE";
	unsigned long long rest = 0;

	if (n < 10000) {
		snprintf(buf, size, "%llu", n);
		return;
	}
	for (rest = n % 1000, n /= 1000; n >= 1000; n /= 1000, unit++)
		rest = n % 1000;
	if (n < 10)
		snprintf(buf, size, "%llu.%llu%c", n, rest / 100, *unit);
	else
		snprintf(buf, size, "%llu%c", n, *unit);
}

void
wm__figure_bytes(unsigned long long bytes, char *buf, size_t size)
{
	const char *unit = "MGTP";
	unsigned long long rest = bytes % (1 << 20);

	for (bytes >>= 20, rest = rest * 10 >> 20; bytes >= 1000;
	     bytes >>= 10, unit++)
		rest = bytes % 1024 * 10 >> 10;
	if (bytes < 10)
		snprintf(buf, size, "%llu.%llu%c", bytes, rest, *unit);
	else
		snprintf(buf, size, "%llu%c", bytes, *unit);
}

void
wm__figure_age(unsigned long long ms, char *buf, size_t size)
{
	unsigned long long s = ms / 1000;

	if (s < 60)
		snprintf(buf, size, "%llus", s);
	else if (s < 3600)
		snprintf(buf, size, "%llum", s / 60);
	else if (s < 86400)
		snprintf(buf, size, "%lluh", s / 3600);
	else
		snprintf(buf, size, "%llud", s / 86400);
}

void
wm__figure_uptime(unsigned long long ms, char *buf, size_t size)
{
	unsigned long long s = ms / 1000;

	snprintf(buf, size, "%llu d %llu h %llu min %llu s", s / 86400,
	    s % 86400 / 3600, s % 3600 / 60, s % 60);
}
