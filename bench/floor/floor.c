/* SPDX-License-Identifier: MIT */
/*
 * What this machine can do at best: the conversations of bench/server with
 * nothing but their system calls. Not a server: it believes what it is told.
 *
 *	floor epoll|event PROTO PORT WWW [CERT KEY]
 *
 * PROTO is http, https, ws, wss, line or frame. Listens on 127.0.0.1. `event`
 * is the same on libevent.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "answers.h"
#include "peer.h"
#include "secure.h"

#define BACKLOG 4096

static const struct proto {
	const char *name;
	const struct talk *talk;
	bool tls;
} protos[] = {
	{ "http", &talk_http, false },
	{ "https", &talk_http, true },
	{ "ws", &talk_websocket, false },
	{ "wss", &talk_websocket, true },
	{ "line", &talk_echo, false },
	{ "frame", &talk_echo, false },
};

static const struct loop *const loops[] = { &loop_epoll, &loop_event };

static const struct proto *
find_proto(const char *name)
{
	for (size_t i = 0; i < sizeof(protos) / sizeof(*protos); i++)
		if (strcmp(protos[i].name, name) == 0)
			return &protos[i];
	return NULL;
}

static const struct loop *
find_loop(const char *name)
{
	for (size_t i = 0; i < sizeof(loops) / sizeof(*loops); i++)
		if (strcmp(loops[i]->name, name) == 0)
			return loops[i];
	return NULL;
}

static int
listen_on(const char *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return -1;
	return fd;
}

static void
allow_many_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int
main(int argc, char **argv)
{
	const struct loop *loop = argc > 4 ? find_loop(argv[1]) : NULL;
	const struct proto *proto = argc > 4 ? find_proto(argv[2]) : NULL;
	int fd;

	if (loop == NULL || proto == NULL || argc != (proto->tls ? 7 : 5)) {
		fputs("usage: floor epoll|event http|https|ws|wss|line|frame "
		      "PORT WWW [CERT KEY]\n",
		    stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	allow_many_files();
	if (answers_setup(argv[4]) < 0 ||
	    (proto->tls && secure_setup(argv[5], argv[6]) < 0))
		return 1;
	fd = listen_on(argv[3]);
	if (fd < 0) {
		perror("floor");
		return 1;
	}
	peer_setup(loop, proto->talk);
	loop->run(fd);
	perror("floor");
	return 1;
}
