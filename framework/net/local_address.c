/* SPDX-License-Identifier: MIT */
/*
 * IP_PKTINFO and IPV6_PKTINFO (RFC 3542). A system without the first answers
 * IPv4 datagrams from the address that its routes say.
 */
#include "config.h"

#include <string.h>

#include "framework/net/local_address.h"

#if defined(IP_PKTINFO)
static void
local_read_v4(const struct cmsghdr *control, struct wm__local_address *local)
{
	struct in_pktinfo info;

	memcpy(&info, CMSG_DATA(control), sizeof(info));
	local->family = AF_INET;
	/* the machine's own one, also when it was sent to a group */
	local->at.v4 = info.ipi_spec_dst;
	local->interface = (unsigned)info.ipi_ifindex;
}
#endif

static void
local_read_v6(const struct cmsghdr *control, struct wm__local_address *local)
{
	struct in6_pktinfo info;

	memcpy(&info, CMSG_DATA(control), sizeof(info));
	if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr))
		return;
	local->family = AF_INET6;
	local->at.v6 = info.ipi6_addr;
	local->interface = info.ipi6_ifindex;
}

void
wm__local_read(struct msghdr *msg, struct wm__local_address *local_r)
{
	local_r->family = AF_UNSPEC;
	for (struct cmsghdr *control = CMSG_FIRSTHDR(msg); control != NULL;
	     control = CMSG_NXTHDR(msg, control)) {
#if defined(IP_PKTINFO)
		if (control->cmsg_level == IPPROTO_IP &&
		    control->cmsg_type == IP_PKTINFO)
			local_read_v4(control, local_r);
#endif
		if (control->cmsg_level == IPPROTO_IPV6 &&
		    control->cmsg_type == IPV6_PKTINFO)
			local_read_v6(control, local_r);
	}
}

static void
local_put(struct msghdr *msg, int level, int type, const void *info, size_t len)
{
	struct cmsghdr *control = msg->msg_control;

	memset(control, 0, CMSG_SPACE(len));
	control->cmsg_level = level;
	control->cmsg_type = type;
	control->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(control), info, len);
	msg->msg_controllen = CMSG_SPACE(len);
}

void
wm__local_write(struct msghdr *msg, union wm__local_room *room,
    const struct wm__local_address *local)
{
	msg->msg_control = room;
	msg->msg_controllen = 0;
#if defined(IP_PKTINFO)
	if (local->family == AF_INET) {
		struct in_pktinfo info = { .ipi_spec_dst = local->at.v4 };

		local_put(msg, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	}
#endif
	if (local->family == AF_INET6) {
		struct in6_pktinfo info = { .ipi6_addr = local->at.v6 };

		if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
			info.ipi6_ifindex = local->interface;
		local_put(msg, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	}
	if (msg->msg_controllen == 0)
		msg->msg_control = NULL;
}
