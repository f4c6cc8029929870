/* SPDX-License-Identifier: MIT */
/*
 * Several datagrams by one system call, where the system has such; elsewhere
 * one by one. Both return how many were handled, or -1 with errno when it was
 * none; neither waits.
 */
#ifndef BASE_MMSG_H
#define BASE_MMSG_H

#include <sys/socket.h>

#if defined(HAVE_RECVMMSG) && defined(HAVE_SENDMMSG)

#define wm__mmsg mmsghdr

static inline int
wm__recvmmsg(int fd, struct wm__mmsg *messages, unsigned n)
{
	return recvmmsg(fd, messages, n, MSG_DONTWAIT, NULL);
}

static inline int
wm__sendmmsg(int fd, struct wm__mmsg *messages, unsigned n)
{
	return sendmmsg(fd, messages, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

#else

struct wm__mmsg {
	struct msghdr msg_hdr;
	unsigned msg_len;
};

static inline int
wm__recvmmsg(int fd, struct wm__mmsg *messages, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		ssize_t len = recvmsg(fd, &messages[i].msg_hdr, MSG_DONTWAIT);

		if (len < 0)
			break;
		messages[i].msg_len = (unsigned)len;
	}
	return i > 0 ? (int)i : -1;
}

static inline int
wm__sendmmsg(int fd, struct wm__mmsg *messages, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (sendmsg(fd, &messages[i].msg_hdr,
			MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
	return i > 0 ? (int)i : -1;
}

#endif

#endif
