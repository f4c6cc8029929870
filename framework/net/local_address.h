/* SPDX-License-Identifier: MIT */
/*
 * To which of the machine's addresses a datagram was sent, so that the answer
 * can leave from there: what a socket bound to all addresses says beside each
 * datagram.
 */
#ifndef NET_LOCAL_ADDRESS_H
#define NET_LOCAL_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

#include <netinet/in.h>

struct wm__local_address {
	int family; /* AF_UNSPEC: not known, the kernel chooses */
	unsigned interface;
	union {
		struct in_addr v4;
		struct in6_addr v6;
	} at;
};

/* Room for what the kernel says, or is told, of one datagram. */
union wm__local_room {
	struct cmsghdr align;
#if defined(IP_PKTINFO)
	char v4[CMSG_SPACE(sizeof(struct in_pktinfo))];
#endif
	char v6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* What the control part of a received message says. */
void wm__local_read(struct msghdr *msg, struct wm__local_address *local_r);

/* Makes `room` the control part of a message to send from there; none when it
   is not known. */
void wm__local_write(struct msghdr *msg, union wm__local_room *room,
    const struct wm__local_address *local);

#endif
