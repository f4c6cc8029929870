/* SPDX-License-Identifier: MIT */
/* Hosts and networks as text and as 16 bytes. Opens and looks up nothing. */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <workerman/network.h>

static const unsigned char network_v4[12] = { [10] = 0xff, [11] = 0xff };
static const struct wm_host network_unix;

bool
wm_host_parse(struct wm_host *host_r, const char *text)
{
	struct wm_host host;

	if (inet_pton(AF_INET, text, host.bytes + 12) == 1)
		memcpy(host.bytes, network_v4, sizeof(network_v4));
	else if (inet_pton(AF_INET6, text, host.bytes) != 1)
		return false;
	*host_r = host;
	return true;
}

char *
wm_host_format(const struct wm_host *host, char *buf, size_t size)
{
	char text[INET6_ADDRSTRLEN] = "unix";

	if (memcmp(host->bytes, network_v4, sizeof(network_v4)) == 0)
		inet_ntop(AF_INET, host->bytes + 12, text, sizeof(text));
	else if (memcmp(host, &network_unix, sizeof(*host)) != 0)
		inet_ntop(AF_INET6, host->bytes, text, sizeof(text));
	if (size == 0)
		return buf;
	size = size - 1 < strlen(text) ? size - 1 : strlen(text);
	memcpy(buf, text, size);
	buf[size] = '\0';
	return buf;
}

/* "10.0.0.0/8" or an address alone. */
static bool
network_parse(const char *text, struct wm_host *host, unsigned *bits_r)
{
	char copy[INET6_ADDRSTRLEN + 8], *slash, *end;
	unsigned long bits;
	bool v4;

	if (strlen(text) >= sizeof(copy))
		return false;
	memcpy(copy, text, strlen(text) + 1);
	if ((slash = strchr(copy, '/')) != NULL)
		*slash++ = '\0';
	if (!wm_host_parse(host, copy))
		return false;
	v4 = strchr(copy, ':') == NULL;
	*bits_r = 128;
	if (slash == NULL)
		return true;
	bits = strtoul(slash, &end, 10);
	if (*slash < '0' || *slash > '9' || *end != '\0' ||
	    bits > (v4 ? 32 : 128))
		return false;
	*bits_r = (unsigned)bits + (v4 ? 96 : 0);
	return true;
}

bool
wm_network_valid(const char *network)
{
	struct wm_host host;
	unsigned bits;

	return strcmp(network, "unix") == 0 ||
	    network_parse(network, &host, &bits);
}

static bool
network_has(const char *network, const struct wm_host *host)
{
	struct wm_host net;
	unsigned bits, mask;

	if (strcmp(network, "unix") == 0)
		return memcmp(host, &network_unix, sizeof(*host)) == 0;
	if (!network_parse(network, &net, &bits) ||
	    memcmp(net.bytes, host->bytes, bits / 8) != 0)
		return false;
	mask = 0xff00u >> bits % 8 & 0xff;
	return bits % 8 == 0 ||
	    ((net.bytes[bits / 8] ^ host->bytes[bits / 8]) & mask) == 0;
}

bool
wm_networks_have(const char *const *networks, const struct wm_host *host)
{
	for (; networks != NULL && *networks != NULL; networks++)
		if (network_has(*networks, host))
			return true;
	return false;
}
