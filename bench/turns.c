/* SPDX-License-Identifier: MIT */
/*
 * The longest turn of somebody else's event loop: preloaded into a server
 * (LD_PRELOAD), measures the CPU time from one return of epoll_wait() to the
 * next call. CPU time, so that a turn that the machine interrupts is not
 * longer. Keeps the figures in the file that BENCH_TURNS names, where another
 * process reads them: three numbers of 64 bits, turns, the longest one, the
 * sum of all (nanoseconds).
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct turns {
	uint64_t n, longest, sum;
};

typedef int wait_fn(int, struct epoll_event *, int, int);

static struct turns nowhere, *turns;
static wait_fn *real_wait;

static uint64_t
cpu_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct turns *
map_file(const char *path)
{
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p = MAP_FAILED;

	if (fd >= 0) {
		p = mmap(NULL, sizeof(struct turns), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
		close(fd);
	}
	return p != MAP_FAILED ? p : &nowhere;
}

/* Early: nginx forgets its environment. */
__attribute__((constructor)) static void
set_up(void)
{
	*(void **)&real_wait = dlsym(RTLD_NEXT, "epoll_wait");
	turns = map_file(getenv("BENCH_TURNS"));
}

static void
count(uint64_t took)
{
	turns->n++;
	turns->sum += took;
	if (took > turns->longest)
		turns->longest = took;
}

__attribute__((visibility("default"))) int
epoll_wait(int epoll, struct epoll_event *events, int max, int timeout)
{
	static _Thread_local uint64_t begun;
	int n;

	if (begun > 0)
		count(cpu_time() - begun);
	n = real_wait(epoll, events, max, timeout);
	begun = cpu_time();
	return n;
}
