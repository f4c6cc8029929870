/* SPDX-License-Identifier: MIT */
/*
 * What a listener asks of its sockets beyond the address, as numbers that can
 * travel: from the program's table to the master that binds them. All zeroes
 * are the defaults.
 */
#ifndef BASE_SOCKET_OPTIONS_H
#define BASE_SOCKET_OPTIONS_H

#include <stdint.h>

#define WM__BACKLOG        4096
#define WM__KEEPALIVE_OFF  UINT32_MAX
#define WM__SECONDS_MAX    32767 /* that the kernel takes for either */
#define WM__DEVICE_MAX     15    /* bytes of an interface's name */
#define WM__SOCKET_BUFFERS (1u << 30)

#define WM__SOCKET_NUMBERS(X)                                                  \
	X(delay)          /* TCP: 1: small segments wait for each other */     \
	X(keepalive)      /* TCP: seconds of silence; 0: the system's */       \
	X(defer_accept)   /* TCP: seconds to wait for data; 0: not */          \
	X(backlog)        /* 0: WM__BACKLOG */                                 \
	X(receive_buffer) /* bytes; 0: the system's */                         \
	X(send_buffer)    /* bytes; 0: the system's */                         \
	X(mode)           /* unix: of the file; 0: as the umask says */        \
	X(owner)          /* unix: of the file, number + 1; 0: unchanged */    \
	X(group)          /* unix: likewise */

struct wm__socket_options {
#define WM__SOCKET_NUMBER(name) uint32_t name;
	WM__SOCKET_NUMBERS(WM__SOCKET_NUMBER)
#undef WM__SOCKET_NUMBER
	char device[WM__DEVICE_MAX + 1]; /* "": any */
};

#endif
