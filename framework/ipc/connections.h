/* SPDX-License-Identifier: MIT */
/*
 * The rows of `connections`: their columns, and how a worker tells them.
 *
 * The worker writes lines into the stream that came with the message
 * CONNECTIONS: a connection is " KEY=VALUE..." with the columns below but the
 * first three, which are the master's to say; an empty line means "I am
 * still at it"; the line "." is the end. A stream that ends without it was
 * cut off.
 */
#ifndef IPC_CONNECTIONS_H
#define IPC_CONNECTIONS_H

#define WM__CONNECTION_LINE_MAX 2048       /* bytes of a worker's line */
#define WM__CONNECTIONS_MAX     (1u << 21) /* rows of one worker */

/*	key        heading      kind     (an id is a number too large for JSON)
 */
#define WM__CONNECTION_TABLE(X)                                                \
	X(pid, "PID", NUMBER)                                                  \
	X(worker, "WORKER", WORD)                                              \
	X(slot, "SLOT", NUMBER)                                                \
	X(id, "CID", ID)                                                       \
	X(trans, "TRANS", WORD)                                                \
	X(protocol, "PROTOCOL", WORD)                                          \
	X(ipv4, "IPV4", NUMBER)                                                \
	X(ipv6, "IPV6", NUMBER)                                                \
	X(recv_q, "RECV-Q", BYTES)                                             \
	X(send_q, "SEND-Q", BYTES)                                             \
	X(bytes_r, "BYTES-R", BYTES)                                           \
	X(bytes_w, "BYTES-W", BYTES)                                           \
	X(requests, "REQUESTS", NUMBER)                                        \
	X(age, "AGE", SECONDS)                                                 \
	X(idle, "IDLE", SECONDS)                                               \
	X(tls, "TLS", WORD)                                                    \
	X(state, "STATUS", WORD)                                               \
	X(local, "LOCAL", WORD)                                                \
	X(foreign, "FOREIGN", WORD)

enum wm__connection_column {
#define WM__CONNECTION_ENUM(key, heading, kind) WM__CONNECTION_##key,
	WM__CONNECTION_TABLE(WM__CONNECTION_ENUM)
#undef WM__CONNECTION_ENUM
	    WM__CONNECTION_COLUMNS
};

#endif
