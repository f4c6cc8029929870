# SPDX-License-Identifier: MIT

libworkerman_core_la_CPPFLAGS = $(AM_CPPFLAGS) $(BANNED) $(EVENT_CFLAGS) \
	$(CRYPTO_CFLAGS)
libworkerman_core_la_SOURCES = \
	%D%/base/banned.h \
	%D%/base/buf.c \
	%D%/base/clock.c \
	%D%/base/error.c \
	%D%/base/fd.c \
	%D%/base/log.c \
	%D%/ipc/control.c \
	%D%/ipc/message.c \
	%D%/ipc/table.c \
	%D%/net/address.c \
	%D%/net/conn.c \
	%D%/net/conn_table.c \
	%D%/net/digest.c \
	%D%/net/input.c \
	%D%/net/listen.c \
	%D%/net/listener.c \
	%D%/net/loop.c \
	%D%/net/output.c \
	%D%/net/timer.c \
	%D%/net/wheel.c
