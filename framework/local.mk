# SPDX-License-Identifier: MIT

libworkerman_core_la_CPPFLAGS = $(FRAMEWORK_CPPFLAGS) $(BANNED)
libworkerman_core_la_SOURCES = \
	%D%/base/banned.h \
	%D%/base/buf.c \
	%D%/base/clock.c \
	%D%/base/clock.h \
	%D%/base/error.c \
	%D%/base/counters.c \
	%D%/base/counters.h \
	%D%/base/fd.c \
	%D%/base/fd.h \
	%D%/base/log.c \
	%D%/base/log.h \
	%D%/channel/channel.c \
	%D%/channel/channel.h \
	%D%/channel/inbox.c \
	%D%/channel/inbox.h \
	%D%/channel/record.c \
	%D%/channel/record.h \
	%D%/channel/topics.c \
	%D%/channel/topics.h \
	%D%/ipc/control.c \
	%D%/ipc/control.h \
	%D%/ipc/ipc.h \
	%D%/ipc/message.c \
	%D%/ipc/table.c \
	%D%/ipc/table.h \
	%D%/net/address.c \
	%D%/net/address.h \
	%D%/net/conn.c \
	%D%/net/conn.h \
	%D%/net/conn_table.c \
	%D%/net/conn_table.h \
	%D%/net/digest.c \
	%D%/net/input.c \
	%D%/net/listen.c \
	%D%/net/listener.c \
	%D%/net/listener.h \
	%D%/net/loop.c \
	%D%/net/loop.h \
	%D%/net/output.c \
	%D%/net/proc.c \
	%D%/net/proc.h \
	%D%/net/protocols.c \
	%D%/net/protocols.h \
	%D%/net/timer.c \
	%D%/net/timer.h \
	%D%/net/wheel.c \
	%D%/net/wheel.h \
	%D%/worker/run.c \
	%D%/worker/run.h \
	%D%/worker/service.c \
	%D%/worker/service.h \
	%D%/worker/single.c \
	%D%/worker/worker.c \
	%D%/worker/worker.h
