/* SPDX-License-Identifier: MIT */
/*
 * The table of workloads.
 */
#include <stdio.h>
#include <string.h>

#include "dialect.h"
#include "payload.h"
#include "workload.h"

#define KIB(n) ((size_t)(n) << 10)
#define MIB(n) ((size_t)(n) << 20)

static const struct workload workloads[] = {
	{ "H1", "HTTP keep-alive, plain text", &dialect_http, MANNER_KEEP,
	    "/plaintext", .conns = 64, .depth = 1, .size = GREETING_LEN },
	{ "H1b", "HTTP, a browser's 15 headers", &dialect_http, MANNER_KEEP,
	    "/plaintext", .conns = 64, .depth = 1, .size = GREETING_LEN,
	    .browser = true },
	{ "H2", "HTTP pipelined, 16 at a time", &dialect_http, MANNER_KEEP,
	    "/plaintext", .conns = 64, .depth = 16, .size = GREETING_LEN },
	{ "H3", "JSON, written for each request", &dialect_http, MANNER_KEEP,
	    "/json", .conns = 64, .depth = 1, .size = JSON_LEN },
	{ "H4", "POST of 1 KiB, echoed", &dialect_http, MANNER_KEEP, "/echo",
	    .conns = 64, .depth = 1, .size = KIB(1), .post = true },
	{ "H5s", "HTTP body of 10 KiB", &dialect_http, MANNER_KEEP, "/s",
	    .conns = 64, .depth = 1, .size = KIB(10) },
	{ "H5b", "HTTP body of 1 MiB", &dialect_http, MANNER_KEEP, "/b",
	    .conns = 16, .depth = 1, .size = MIB(1) },
	{ "H6", "HTTPS keep-alive, plain text", &dialect_http, MANNER_KEEP,
	    "/plaintext", .conns = 64, .depth = 1, .size = GREETING_LEN,
	    .tls = true },
	{ "H6c", "HTTPS: handshake, request, close", &dialect_http,
	    MANNER_CHURN, "/plaintext", .conns = 16, .depth = 1,
	    .size = GREETING_LEN, .tls = true },
	{ "W1", "WebSocket echo of 32 bytes", &dialect_websocket, MANNER_KEEP,
	    "/ws", .conns = 100, .depth = 1, .size = 32 },
	{ "W2s", "WebSocket echo of 16 KiB", &dialect_websocket, MANNER_KEEP,
	    "/ws", .conns = 100, .depth = 1, .size = KIB(16), .binary = true },
	{ "W2b", "WebSocket echo of 1 MiB", &dialect_websocket, MANNER_KEEP,
	    "/ws", .conns = 16, .depth = 1, .size = MIB(1), .binary = true },
	{ "W3", "broadcast to 1,000", &dialect_websocket, MANNER_ROOM, "/chat",
	    .conns = 1000, .depth = 1, .size = 64 },
	{ "W3p", "broadcast, 16 in flight", &dialect_websocket, MANNER_ROOM,
	    "/chat", .conns = 1000, .depth = 16, .size = 64 },
	{ "F1l", "line echo of 64 bytes", &dialect_line, MANNER_KEEP, NULL,
	    .conns = 64, .depth = 1, .size = 64 },
	{ "F1f", "frame echo of 64 bytes", &dialect_frame, MANNER_KEEP, NULL,
	    .conns = 64, .depth = 1, .size = 64 },
	{ "C2", "connect, request, close", &dialect_http, MANNER_CHURN,
	    "/plaintext", .conns = 64, .depth = 1, .size = GREETING_LEN },
	{ "C1h", "idle HTTP connection", &dialect_http, MANNER_IDLE,
	    "/plaintext", .conns = 10000, .depth = 1, .size = GREETING_LEN },
	{ "C1w", "idle WebSocket", &dialect_websocket, MANNER_IDLE, "/ws",
	    .conns = 10000, .depth = 1, .size = 32 },
	{ "C1l", "idle connection of lines", &dialect_line, MANNER_IDLE, NULL,
	    .conns = 10000, .depth = 1, .size = 64 },
	{ "C1s", "idle HTTPS connection", &dialect_http, MANNER_IDLE,
	    "/plaintext", .conns = 3000, .depth = 1, .size = GREETING_LEN,
	    .tls = true },
};

#define N_WORKLOADS (sizeof(workloads) / sizeof(*workloads))

const struct workload *
workload_find(const char *name)
{
	for (size_t i = 0; i < N_WORKLOADS; i++)
		if (strcmp(workloads[i].name, name) == 0)
			return &workloads[i];
	return NULL;
}

/* As bench/server and bench/floor call what they serve. */
static const char *
service_name(const struct workload *w)
{
	if (!w->tls)
		return w->dialect->name;
	return w->dialect == &dialect_websocket ? "wss" : "https";
}

void
workload_list(void)
{
	static const char *const manners[] = { [MANNER_KEEP] = "keep",
		[MANNER_ROOM] = "room",
		[MANNER_CHURN] = "churn",
		[MANNER_IDLE] = "idle" };

	for (size_t i = 0; i < N_WORKLOADS; i++) {
		const struct workload *w = &workloads[i];

		printf("%s \"%s\": {\"title\": \"%s\", \"service\": \"%s\", "
		       "\"manner\": \"%s\", \"conns\": %u, \"size\": %zu}",
		    i == 0 ? "{" : ",\n", w->name, w->title, service_name(w),
		    manners[w->manner], w->conns, w->size);
	}
	puts(" }");
}
