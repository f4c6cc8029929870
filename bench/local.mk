# SPDX-License-Identifier: MIT
# server is what is measured, load asks it, floor is what it is compared with.
# `make bench` runs it all: see docs/PERFORMANCE.md.

noinst_PROGRAMS += %D%/server
check_PROGRAMS += %D%/load/load %D%/floor/floor

%C%_server_CPPFLAGS = $(PUBLIC_CPPFLAGS)
%C%_server_LDADD = libworkerman-all.la
%C%_server_SOURCES = \
	%D%/routes.c \
	%D%/routes.h \
	%D%/server.c

# They see nothing of ours.
BENCH_CPPFLAGS = -include $(top_builddir)/config.h

%C%_load_load_CPPFLAGS = $(BENCH_CPPFLAGS) $(CRYPTO_CFLAGS)
%C%_load_load_LDADD = $(CRYPTO_LIBS)
%C%_load_load_SOURCES = \
	%D%/load/conn.c \
	%D%/load/conn.h \
	%D%/load/dialect.h \
	%D%/load/die.c \
	%D%/load/die.h \
	%D%/load/ear.c \
	%D%/load/http.c \
	%D%/load/link.c \
	%D%/load/link.h \
	%D%/load/load.c \
	%D%/load/payload.c \
	%D%/load/payload.h \
	%D%/load/report.c \
	%D%/load/report.h \
	%D%/load/run.c \
	%D%/load/run.h \
	%D%/load/stream.c \
	%D%/load/websocket.c \
	%D%/load/workload.c \
	%D%/load/workload.h

%C%_floor_floor_CPPFLAGS = $(BENCH_CPPFLAGS) $(EVENT_CFLAGS) $(CRYPTO_CFLAGS)
%C%_floor_floor_LDADD = $(EVENT_LIBS) $(CRYPTO_LIBS)
%C%_floor_floor_SOURCES = \
	%D%/floor/answers.c \
	%D%/floor/answers.h \
	%D%/floor/echo.c \
	%D%/floor/floor.c \
	%D%/floor/http.c \
	%D%/floor/loop_epoll.c \
	%D%/floor/loop_event.c \
	%D%/floor/peer.c \
	%D%/floor/peer.h \
	%D%/floor/secure.c \
	%D%/floor/secure.h \
	%D%/floor/websocket.c

# Preloaded into the servers whose turns are timed.
check_LTLIBRARIES += %D%/turns.la
%C%_turns_la_SOURCES = %D%/turns.c
%C%_turns_la_CPPFLAGS = $(BENCH_CPPFLAGS)
%C%_turns_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere
%C%_turns_la_LIBADD = -ldl

# A peer that is a library; the others are programs.
if HAVE_LWS
check_PROGRAMS += %D%/peers/lws
endif
%C%_peers_lws_CPPFLAGS = $(BENCH_CPPFLAGS) $(LWS_CFLAGS)
%C%_peers_lws_LDADD = $(LWS_LIBS)
%C%_peers_lws_SOURCES = %D%/peers/lws.c

EXTRA_DIST += \
	%D%/peers/h2o.conf \
	%D%/peers/nginx.conf

# The runner, and what it found.
EXTRA_DIST += \
	%D%/run \
	%D%/runner/__init__.py \
	%D%/runner/cpu.py \
	%D%/runner/generator.py \
	%D%/runner/instructions.py \
	%D%/runner/memory.py \
	%D%/runner/page.py \
	%D%/runner/places.py \
	%D%/runner/plot.py \
	%D%/runner/processes.py \
	%D%/runner/scaling.py \
	%D%/runner/servers.py \
	%D%/runner/smoke.py \
	%D%/runner/store.py \
	%D%/runner/syscalls.py \
	%D%/runner/turns.py \
	%D%/results

# make bench [PARTS="cpu page"] [WORKLOADS=H1,W1] [SERVERS=ours,floor]
#            [ROUNDS=5] [LENGTH=1.6]
# measures, and writes bench/results, docs/PERFORMANCE.md and its plot in the
# source tree.
PARTS =
WORKLOADS =
SERVERS =
ROUNDS = 5
LENGTH = 1.6
bench_programs = %D%/server %D%/load/load %D%/floor/floor %D%/turns.la
if HAVE_LWS
bench_programs += %D%/peers/lws
endif

bench: $(bench_programs)
	top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	BENCH_CC='$(CC) $(CFLAGS)' $(PYTHON3) $(srcdir)/%D%/run $(PARTS) \
	    --workloads '$(WORKLOADS)' --servers '$(SERVERS)' \
	    --rounds $(ROUNDS) --seconds $(LENGTH)
.PHONY: bench
