/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: flags, memory files, and messages that carry descriptors. The
 * place where errno becomes an enum wm_error and where systems differ; knows
 * nothing of what the messages mean.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_CLOSE_RANGE
#include <linux/close_range.h>
#endif

#include <workerman/error.h>

#include "framework/base/fd.h"

int
wm__fd_set_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return WM_E_SYSTEM;
	return 0;
}

int
wm__fd_set_cloexec(int fd, int on)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags < 0)
		return WM_E_SYSTEM;
	flags = on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC;
	return fcntl(fd, F_SETFD, flags) < 0 ? WM_E_SYSTEM : 0;
}

void
wm__fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int
wm__fd_message_pair(int pair_r[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair_r) < 0)
		return WM_E_SYSTEM;
	return 0;
}

int
wm__fd_stream_pair(int pair_r[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		pair_r) < 0)
		return WM_E_SYSTEM;
	return 0;
}

/* ---- memory files ---- */

#ifdef HAVE_MEMFD_CREATE

static int
fd_memory_open(const char *name, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && ftruncate(fd, (off_t)size) < 0)
		wm__fd_close(&fd);
	return fd;
}

/* A file that shrinks is SIGBUS for whoever has it mapped. */
static int
fd_memory_seal(int fd, bool for_ever)
{
	return fcntl(fd, F_ADD_SEALS,
	    F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL |
		(for_ever ? F_SEAL_WRITE : 0));
}

#else

/* Without seals: an unlinked file. */
static int
fd_memory_open(const char *name, size_t size)
{
	char path[] = "/tmp/workerman-XXXXXX";
	int fd = mkstemp(path);

	(void)name;
	if (fd < 0)
		return -1;
	unlink(path);
	if (ftruncate(fd, (off_t)size) < 0 || wm__fd_set_cloexec(fd, 1) < 0)
		wm__fd_close(&fd);
	return fd;
}

static int
fd_memory_seal(int fd, bool for_ever)
{
	(void)fd, (void)for_ever;
	return 0;
}

#endif

int
wm__fd_memory(const char *name, size_t size, int *fd_r)
{
	*fd_r = fd_memory_open(name, size);
	if (*fd_r >= 0 && fd_memory_seal(*fd_r, false) < 0)
		wm__fd_close(fd_r);
	return *fd_r < 0 ? WM_E_SYSTEM : 0;
}

int
wm__fd_memory_with(const char *name, const void *data, size_t len, int *fd_r)
{
	const char *at = data;
	ssize_t n = 0;

	*fd_r = fd_memory_open(name, len);
	for (size_t left = len; *fd_r >= 0 && left > 0; left -= (size_t)n) {
		n = pwrite(*fd_r, at, left, (off_t)(len - left));
		if (n <= 0)
			wm__fd_close(fd_r);
		else
			at += n;
	}
	if (*fd_r >= 0 && fd_memory_seal(*fd_r, true) < 0)
		wm__fd_close(fd_r);
	return *fd_r < 0 ? WM_E_SYSTEM : 0;
}

/* ---- messages with descriptors ---- */

/* Room for the control data of a full batch, aligned as it must be. */
union fd_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(WM__FD_BATCH * sizeof(int))];
};

static int
fd_send_error(void)
{
	switch (errno) {
	case EAGAIN:
#if EWOULDBLOCK != EAGAIN
	case EWOULDBLOCK:
#endif
	case ENOBUFS:
		return WM_E_FULL;
	case ETOOMANYREFS:
		return WM_E_BUSY;
	case EPIPE:
	case ECONNRESET:
	case ECONNREFUSED:
	case ENOTCONN:
		return WM_E_CLOSED;
	case EMSGSIZE:
		return WM_E_TOO_BIG;
	default:
		return WM_E_SYSTEM;
	}
}

ssize_t
wm__fd_send_some(int sock, const void *data, size_t len, const int *fds,
    size_t n)
{
	union {
		const void *in;
		void *out;
	} base = { data };
	struct iovec iov = { base.out, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union fd_control control;
	struct cmsghdr *c;
	ssize_t sent;

	if (len == 0 || n > WM__FD_BATCH) {
		errno = EINVAL;
		return WM_E_SYSTEM;
	}
	if (n > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	do
		sent = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? fd_send_error() : sent;
}

int
wm__fd_send(int sock, const void *data, size_t len, const int *fds, size_t n)
{
	ssize_t sent = wm__fd_send_some(sock, data, len, fds, n);

	/* descriptors in flight over the user's limit pass like a full buffer
	 */
	if (sent == WM_E_BUSY)
		return WM_E_FULL;
	return sent < 0 ? (int)sent : 0;
}

static void
fd_close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* Moves what came attached to `fds`, or closes it when it cannot be whole. */
static int
fd_take(struct msghdr *msg, int *fds, size_t max, size_t *n_r)
{
	int got[WM__FD_BATCH];
	size_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	     c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(got, CMSG_DATA(c), n * sizeof(int));
	}
	if (msg->msg_flags & MSG_CTRUNC) {
		fd_close_all(got, n);
		errno = EMFILE;
		return WM_E_SYSTEM;
	}
	if (n > max || (msg->msg_flags & MSG_TRUNC)) {
		fd_close_all(got, n);
		errno = EMSGSIZE;
		return WM_E_TOO_BIG;
	}
	if (n > 0)
		memcpy(fds, got, n * sizeof(int));
	*n_r = n;
	return 0;
}

ssize_t
wm__fd_recv(int sock, void *data, size_t cap, int *fds, size_t max, size_t *n_r)
{
	struct iovec iov = { data, cap };
	union fd_control control;
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	ssize_t len;
	int error, resets = 0;

	*n_r = 0;
	/* A peer that died with messages unread leaves one ECONNRESET in front
	   of those that it had sent. */
	do
		len = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (len < 0 &&
	    (errno == EINTR || (errno == ECONNRESET && resets++ == 0)));
	if (len < 0) {
		error = fd_send_error();
		return error == WM_E_TOO_BIG ? WM_E_SYSTEM : error;
	}
	error = fd_take(&msg, fds, max, n_r);
	return error < 0 ? error : len;
}

ssize_t
wm__fd_recv_some(int sock, void *data, size_t cap, int fds[WM__FD_BATCH],
    size_t *n_r, bool *truncated_r)
{
	struct iovec iov = { data, cap };
	union fd_control control;
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	ssize_t len;

	*n_r = 0;
	*truncated_r = false;
	do
		len = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return errno == EAGAIN ? WM_E_FULL : WM_E_SYSTEM;
	*truncated_r = (msg.msg_flags & MSG_CTRUNC) != 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c != NULL;
	     c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		*n_r = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), *n_r * sizeof(int));
	}
	return len;
}

/* ---- limits and inheritance ---- */

size_t
wm__fd_raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 256;
	if (limit.rlim_cur != limit.rlim_max) {
		rlim_t before = limit.rlim_cur;

		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
			limit.rlim_cur = before;
	}
	return limit.rlim_cur > INT_MAX ? INT_MAX : (size_t)limit.rlim_cur;
}

static void
fd_mark(int fd)
{
	wm__fd_set_cloexec(fd, 1);
}

static void
fd_drop(int fd)
{
	close(fd);
}

/* One by one, for systems that cannot treat a range. */
static void
fd_each(int first, void (*fn)(int fd))
{
	DIR *dir = opendir("/dev/fd");
	struct dirent *entry;
	int fd;

	if (dir == NULL) {
		for (fd = first; fd < 1024; fd++)
			fn(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		fd = (int)strtol(entry->d_name, NULL, 10);
		if (fd >= first && fd != dirfd(dir))
			fn(fd);
	}
	closedir(dir);
}

int
wm__fd_set_limit(uint64_t n)
{
	const struct rlimit limit = { .rlim_cur = (rlim_t)n,
		.rlim_max = (rlim_t)n };

	return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : WM_E_SYSTEM;
}

void
wm__fd_cloexec_from(int first)
{
#ifdef HAVE_CLOSE_RANGE
	if (close_range((unsigned)first, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0)
		return;
#endif
	fd_each(first, fd_mark);
}

void
wm__fd_close_from(int first)
{
#ifdef HAVE_CLOSE_RANGE
	if (close_range((unsigned)first, UINT_MAX, 0) == 0)
		return;
#endif
	fd_each(first, fd_drop);
}
