/* SPDX-License-Identifier: MIT */
/* Numbers as people read them at a glance, in few characters. */
#ifndef CLI_FIGURES_H
#define CLI_FIGURES_H

#include <stddef.h>

/* At most four characters: 9999, 12k, 123k, 4.5M, 45M. */
void wm__figure_short(unsigned long long n, char *buf, size_t size);

/* At most four characters: 0.5M, 12M, 999M, 0.9G, 1.5G. */
void wm__figure_bytes(unsigned long long bytes, char *buf, size_t size);

/* As a rule three characters: 59s, 59m, 59h, 59d. */
void wm__figure_age(unsigned long long ms, char *buf, size_t size);

/* "1 d 2 h 3 min 4 s" */
void wm__figure_uptime(unsigned long long ms, char *buf, size_t size);

#endif
