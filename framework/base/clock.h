/* SPDX-License-Identifier: MIT */
/* The clocks: monotonic for durations, real for what people read, CPU time
   for what a process costs. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds on the monotonic clock. */
int64_t wm__clock_ms(void);

/* Milliseconds since 1970, and seconds. */
int64_t wm__clock_real_ms(void);
int64_t wm__clock_time(void);

/* Microseconds of CPU time that this process has used. */
int64_t wm__clock_cpu_us(void);

#endif
