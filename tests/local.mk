# SPDX-License-Identifier: MIT
# make check              everything below
# make check-unit         the unit tests
# make check-integration  the integration tests
# make check-reload       reload at length: more clients, rounds, deadlines
# make check-handover     connections that move: thousands, 200 kills
# make check-style        the rules of the house (build-aux/)
#
# Each test is a program: it speaks TAP on its standard output, or it answers
# with its exit status alone (77: skipped). build-aux/run-test runs it.

# Unit tests: NAME is built from NAME.c, one line each.
unit_tests = \
	%D%/unit/test_address \
	%D%/unit/test_autopsy \
	%D%/unit/test_base_freeze \
	%D%/unit/test_blocks \
	%D%/unit/test_buf \
	%D%/unit/test_check_kernel \
	%D%/unit/test_check_limits \
	%D%/unit/test_check_listeners \
	%D%/unit/test_check_output \
	%D%/unit/test_check_paths \
	%D%/unit/test_check_users \
	%D%/unit/test_columns \
	%D%/unit/test_conn \
	%D%/unit/test_conn_acts \
	%D%/unit/test_conn_closing \
	%D%/unit/test_conn_info \
	%D%/unit/test_conn_memory \
	%D%/unit/test_conn_print \
	%D%/unit/test_conn_rows \
	%D%/unit/test_conn_table \
	%D%/unit/test_connections \
	%D%/unit/test_conn_waits \
	%D%/unit/test_control \
	%D%/unit/test_core \
	%D%/unit/test_crash \
	%D%/unit/test_cron \
	%D%/unit/test_cut \
	%D%/unit/test_datagram \
	%D%/unit/test_deaths \
	%D%/unit/test_digest \
	%D%/unit/test_drain \
	%D%/unit/test_drain_spread \
	%D%/unit/test_error \
	%D%/unit/test_exits \
	%D%/unit/test_facts \
	%D%/unit/test_fd \
	%D%/unit/test_filter \
	%D%/unit/test_figures \
	%D%/unit/test_frame \
	%D%/unit/test_freeze \
	%D%/unit/test_give \
	%D%/unit/test_handover \
	%D%/unit/test_gate \
	%D%/unit/test_generation \
	%D%/unit/test_http_answer \
	%D%/unit/test_http_body \
	%D%/unit/test_http_chars \
	%D%/unit/test_http_cookie \
	%D%/unit/test_http_corpus \
	%D%/unit/test_http_deadline \
	%D%/unit/test_http_error_body \
	%D%/unit/test_http_events \
	%D%/unit/test_http_form \
	%D%/unit/test_http_forwarded \
	%D%/unit/test_http_framing \
	%D%/unit/test_http_freeze \
	%D%/unit/test_http_head \
	%D%/unit/test_http_host \
	%D%/unit/test_http_keep \
	%D%/unit/test_http_multipart \
	%D%/unit/test_http_pairs \
	%D%/unit/test_http_queue \
	%D%/unit/test_http_redirect \
	%D%/unit/test_http_stream \
	%D%/unit/test_http_twice \
	%D%/unit/test_inbox \
	%D%/unit/test_inbox_bound \
	%D%/unit/test_input \
	%D%/unit/test_ipc \
	%D%/unit/test_kit \
	%D%/unit/test_kept \
	%D%/unit/test_limits \
	%D%/unit/test_lines \
	%D%/unit/test_listen \
	%D%/unit/test_listener \
	%D%/unit/test_listing \
	%D%/unit/test_log \
	%D%/unit/test_loop \
	%D%/unit/test_memory \
	%D%/unit/test_metrics \
	%D%/unit/test_mailboxes \
	%D%/unit/test_mqtt_asked \
	%D%/unit/test_mqtt_filters \
	%D%/unit/test_mqtt_protocol \
	%D%/unit/test_mqtt_recent \
	%D%/unit/test_mqtt_retained \
	%D%/unit/test_mqtt_session \
	%D%/unit/test_network \
	%D%/unit/test_opened \
	%D%/unit/test_options \
	%D%/unit/test_output \
	%D%/unit/test_output_large \
	%D%/unit/test_overflow \
	%D%/unit/test_pidfile \
	%D%/unit/test_pipe \
	%D%/unit/test_plan \
	%D%/unit/test_policy \
	%D%/unit/test_preface \
	%D%/unit/test_process \
	%D%/unit/test_process_cpus \
	%D%/unit/test_proxy \
	%D%/unit/test_raw \
	%D%/unit/test_record \
	%D%/unit/test_row_reader \
	%D%/unit/test_run \
	%D%/unit/test_running \
	%D%/unit/test_service \
	%D%/unit/test_stream \
	%D%/unit/test_system \
	%D%/unit/test_sockets \
	%D%/unit/test_table \
	%D%/unit/test_tabulate \
	%D%/unit/test_tempfile \
	%D%/unit/test_text \
	%D%/unit/test_timer \
	%D%/unit/test_topics \
	%D%/unit/test_watchdog \
	%D%/unit/test_utf8 \
	%D%/unit/test_websocket_alive \
	%D%/unit/test_websocket_close \
	%D%/unit/test_websocket_control \
	%D%/unit/test_websocket_deflate \
	%D%/unit/test_websocket_extension \
	%D%/unit/test_websocket_fragment \
	%D%/unit/test_websocket_frame \
	%D%/unit/test_websocket_freeze \
	%D%/unit/test_websocket_handshake \
	%D%/unit/test_websocket_kit \
	%D%/unit/test_websocket_mask \
	%D%/unit/test_websocket_options \
	%D%/unit/test_websocket_pieces \
	%D%/unit/test_websocket_reader \
	%D%/unit/test_websocket_send \
	%D%/unit/test_websocket_utf8 \
	%D%/unit/test_websocket_websocket \
	%D%/unit/test_wheel \
	%D%/unit/test_wm_metrics

if HAVE_JANSSON
unit_tests += %D%/unit/test_roster %D%/unit/test_words
endif
chat_tested = apps/chat/roster.c apps/chat/roster.h apps/chat/words.c \
	apps/chat/words.h
%C%_unit_test_roster_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_unit_test_roster_LDADD = $(LDADD) $(JANSSON_LIBS)
%C%_unit_test_roster_SOURCES = %D%/unit/test_roster.c $(chat_tested)
%C%_unit_test_words_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_unit_test_words_LDADD = $(LDADD) $(JANSSON_LIBS)
%C%_unit_test_words_SOURCES = %D%/unit/test_words.c $(chat_tested)

if HAVE_API
unit_tests += %D%/unit/test_json %D%/unit/test_notes %D%/unit/test_query
endif
%C%_unit_test_json_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_unit_test_json_LDADD = $(LDADD) $(JANSSON_LIBS)
%C%_unit_test_json_SOURCES = %D%/unit/test_json.c apps/api/json.c \
	apps/api/json.h apps/api/problem.h
%C%_unit_test_notes_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
%C%_unit_test_notes_LDADD = $(LDADD) $(SQLITE_LIBS)
%C%_unit_test_notes_SOURCES = %D%/unit/test_notes.c apps/api/notes.c \
	apps/api/notes.h apps/api/schema.c apps/api/schema.h
%C%_unit_test_query_SOURCES = %D%/unit/test_query.c apps/api/query.c \
	apps/api/query.h

# What of apps/mqtt knows no connection, and its protocol.
check_LTLIBRARIES += libmqtt.la
libmqtt_la_SOURCES = \
	apps/mqtt/asked.c \
	apps/mqtt/asked.h \
	apps/mqtt/filters.c \
	apps/mqtt/filters.h \
	apps/mqtt/inflight.c \
	apps/mqtt/inflight.h \
	apps/mqtt/message.c \
	apps/mqtt/message.h \
	apps/mqtt/mqtt_protocol.c \
	apps/mqtt/mqtt_protocol.h \
	apps/mqtt/pack.c \
	apps/mqtt/pack.h \
	apps/mqtt/recent.c \
	apps/mqtt/recent.h \
	apps/mqtt/retained.c \
	apps/mqtt/retained.h \
	apps/mqtt/session.c \
	apps/mqtt/session.h \
	apps/mqtt/session_pack.c \
	apps/mqtt/topic.c \
	apps/mqtt/topic.h
%C%_unit_test_mqtt_asked_LDADD = libmqtt.la $(LDADD)
%C%_unit_test_mqtt_filters_LDADD = libmqtt.la $(LDADD)
%C%_unit_test_mqtt_protocol_LDADD = libmqtt.la $(LDADD)
%C%_unit_test_mqtt_recent_LDADD = libmqtt.la $(LDADD)
%C%_unit_test_mqtt_retained_LDADD = libmqtt.la $(LDADD)
%C%_unit_test_mqtt_session_LDADD = libmqtt.la $(LDADD)

# Fuzz targets: one line here, NAME_LDADD = $(fuzz_libs) below, and inputs in
# fuzz/corpus/, past crashes among them.
fuzz_targets = \
	%D%/fuzz/fuzz_http \
	%D%/fuzz/fuzz_http_fields \
	%D%/fuzz/fuzz_http_head \
	%D%/fuzz/fuzz_http_multipart \
	%D%/fuzz/fuzz_mqtt \
	%D%/fuzz/fuzz_proxy \
	%D%/fuzz/fuzz_websocket \
	%D%/fuzz/fuzz_websocket_paths

# Those that replace the running program; longer with WM_RELOAD_LARGE set.
reload_tests = \
	%D%/integration/reload_broken.mjs \
	%D%/integration/reload_crash.mjs \
	%D%/integration/reload_drain.mjs \
	%D%/integration/reload_exclusive.mjs \
	%D%/integration/reload_kill.mjs \
	%D%/integration/reload_load.mjs \
	%D%/integration/reload_sockets.mjs \
	%D%/integration/reload_table.mjs

# Those whose connections move; longer by the variables of check-handover.
handover_tests = \
	%D%/integration/handover.mjs \
	%D%/integration/handover_crash.mjs \
	%D%/integration/handover_crowd.sh \
	%D%/integration/handover_kill.mjs \
	%D%/integration/handover_many.mjs

# Run from the source tree with the variables of AM_TESTS_ENVIRONMENT.
integration_tests = \
	%D%/integration/backoff.sh \
	%D%/integration/bench.sh \
	%D%/integration/chat_killed.mjs \
	%D%/integration/chat_page.mjs \
	%D%/integration/chat_reload.mjs \
	%D%/integration/chat_ws.mjs \
	%D%/integration/check.sh \
	%D%/integration/cli.sh \
	%D%/integration/connections.mjs \
	%D%/integration/connections_many.mjs \
	%D%/integration/control.mjs \
	%D%/integration/datagrams.mjs \
	%D%/integration/echo_http.mjs \
	%D%/integration/echo_stream.mjs \
	%D%/integration/echo_websocket.mjs \
	%D%/integration/eventloops.sh \
	%D%/integration/events.sh \
	%D%/integration/http_clients.mjs \
	%D%/integration/http_corpus.mjs \
	%D%/integration/http_page.mjs \
	$(handover_tests) \
	%D%/integration/install.sh \
	%D%/integration/limits.mjs \
	%D%/integration/man.sh \
	%D%/integration/killed.sh \
	%D%/integration/many_workers.sh \
	%D%/integration/mqtt_mosquitto.mjs \
	%D%/integration/mqtt_npm.mjs \
	%D%/integration/mqtt_packets.mjs \
	%D%/integration/mqtt_reload.mjs \
	%D%/integration/obituary.sh \
	%D%/integration/progress.sh \
	%D%/integration/proxy.mjs \
	%D%/integration/refusals.sh \
	$(reload_tests) \
	%D%/integration/run_dir.sh \
	%D%/integration/select_limit.mjs \
	%D%/integration/start_stop.sh \
	%D%/integration/status.mjs \
	%D%/integration/status_watch.sh \
	%D%/integration/stopping.sh \
	%D%/integration/supervise.sh \
	%D%/integration/transports.sh \
	%D%/integration/tutorial.sh \
	%D%/integration/watch.sh \
	%D%/integration/worker_options.sh \
	%D%/integration/worn_out.sh \
	%D%/integration/ws_deflate.mjs \
	%D%/integration/ws_options.mjs \
	%D%/integration/ws_page.mjs \
	%D%/integration/ws_python.mjs \
	%D%/integration/ws_raw.mjs

api_tests = %D%/integration/api.mjs %D%/integration/api_page.mjs
if HAVE_API
integration_tests += $(api_tests)
endif

# Not with sanitizers, which valgrind cannot run and which see the same.
if !SANITIZERS
integration_tests += %D%/integration/valgrind.mjs
endif

EXTRA_DIST += $(integration_tests) $(api_tests) \
	%D%/support/chat_client.mjs \
	%D%/support/http_corpus.txt \
	%D%/support/load.mjs \
	%D%/support/mortal.mjs \
	%D%/support/mover.mjs \
	%D%/support/mqtt_client.mjs \
	%D%/support/mqtt_flow.mjs \
	%D%/support/program.mjs \
	%D%/support/tap.mjs \
	%D%/support/versioned.mjs \
	%D%/fuzz/corpus \
	%D%/integration/package.json \
	%D%/integration/package-lock.json \
	%D%/integration/install.c \
	%D%/integration/valgrind.mjs \
	%D%/integration/clients.sh \
	%D%/integration/lib.sh \
	%D%/integration/progress.py \
	%D%/integration/status_watch.py \
	%D%/support/chat_client.mjs \
	%D%/support/program.mjs \
	%D%/support/tap.mjs \
	%D%/support/terminal.py \
	%D%/support/ws_python.py \
	%D%/support/ws_raw.mjs \
	%D%/unit/without-cmocka

# Programs for the integration tests: one whose workers have every option of
# the table, one that has trouble.
check_PROGRAMS += %D%/support/managed %D%/support/troubled
%C%_support_managed_LDADD = libworkerman-all.la
%C%_support_troubled_LDADD = libworkerman-all.la -lpthread

# One whose limits are attacked.
check_PROGRAMS += %D%/support/limited
%C%_support_limited_LDADD = libworkerman-all.la

# One whose connections move.
check_PROGRAMS += %D%/support/mover
%C%_support_mover_LDADD = libworkerman-all.la

# One whose connections are looked at.
check_PROGRAMS += %D%/support/visited
%C%_support_visited_LDADD = libworkerman-all.la
# WebSocket with every option.
check_PROGRAMS += %D%/support/ws_server
%C%_support_ws_server_LDADD = libworkerman-all.la
# A server that has a path for everything, for the tests with real clients.
check_PROGRAMS += %D%/support/http_server
%C%_support_http_server_LDADD = libworkerman-all.la
# The program that the reload tests replace.
check_PROGRAMS += %D%/support/versioned
%C%_support_versioned_LDADD = libworkerman-all.la -lpthread

noinst_LTLIBRARIES += libreplay.la
libreplay_la_SOURCES = %D%/fuzz/replay.c

check_LTLIBRARIES += libsupport.la
libsupport_la_SOURCES = \
	%D%/support/capture.c \
	%D%/support/capture.h \
	%D%/support/http_twice.c \
	%D%/support/http_twice.h \
	%D%/support/tables.c \
	%D%/support/tables.h \
	%D%/support/toys.c \
	%D%/support/toys.h \
	%D%/support/two_workers.h \
	%D%/support/unit.h \
	%D%/support/ways.c \
	%D%/support/ways.h

# What the browser saw, to look at when it failed.
CLEANFILES += %D%/integration/chat_page.png %D%/integration/chat_page_phone.png

LDADD = libsupport.la libworkerman-all.la $(CMOCKA_LIBS)
%C%_unit_test_crash_LDADD = $(LDADD) -lpthread
# Every allocation of ours goes through the test.
%C%_unit_test_memory_LDFLAGS = \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc

# The last word of a fuzz target's link: libFuzzer, or a main() that replays
# the corpus.
if FUZZING
fuzz_libs = $(LDADD) $(FUZZ_ENGINE)
else
fuzz_libs = $(LDADD) libreplay.la
endif

# What the tests of one protocol share.
http_case = %D%/support/http_app.c %D%/support/http_app.h
%C%_unit_test_http_freeze_SOURCES = %D%/unit/test_http_freeze.c $(http_case)
%C%_unit_test_http_answer_SOURCES = %D%/unit/test_http_answer.c $(http_case)
%C%_unit_test_http_corpus_SOURCES = \
	%D%/unit/test_http_corpus.c $(http_case)
%C%_unit_test_http_deadline_SOURCES = \
	%D%/unit/test_http_deadline.c $(http_case)
%C%_unit_test_http_framing_SOURCES = %D%/unit/test_http_framing.c $(http_case)
%C%_unit_test_http_error_body_SOURCES = \
	%D%/unit/test_http_error_body.c $(http_case)
%C%_unit_test_http_body_SOURCES = \
	%D%/unit/test_http_body.c $(http_case)
%C%_unit_test_http_cookie_SOURCES = \
	%D%/unit/test_http_cookie.c $(http_case)
%C%_unit_test_http_events_SOURCES = \
	%D%/unit/test_http_events.c $(http_case)
%C%_unit_test_http_forwarded_SOURCES = \
	%D%/unit/test_http_forwarded.c $(http_case)
%C%_unit_test_http_keep_SOURCES = \
	%D%/unit/test_http_keep.c $(http_case)
%C%_unit_test_http_pairs_SOURCES = \
	%D%/unit/test_http_pairs.c $(http_case)
%C%_unit_test_http_queue_SOURCES = \
	%D%/unit/test_http_queue.c $(http_case)
%C%_unit_test_http_redirect_SOURCES = \
	%D%/unit/test_http_redirect.c $(http_case)
%C%_unit_test_http_stream_SOURCES = \
	%D%/unit/test_http_stream.c $(http_case)
%C%_unit_test_http_head_SOURCES = %D%/unit/test_http_head.c $(http_case)
%C%_fuzz_fuzz_http_LDADD = $(fuzz_libs)
%C%_fuzz_fuzz_http_fields_LDADD = $(fuzz_libs)
%C%_fuzz_fuzz_http_head_LDADD = $(fuzz_libs)
%C%_fuzz_fuzz_http_multipart_LDADD = $(fuzz_libs)
ws_case = %D%/support/ws_case.c %D%/support/ws_case.h
%C%_unit_test_websocket_freeze_SOURCES = \
	%D%/unit/test_websocket_freeze.c $(ws_case)
%C%_unit_test_websocket_alive_SOURCES = \
	%D%/unit/test_websocket_alive.c $(ws_case)
%C%_unit_test_websocket_control_SOURCES = \
	%D%/unit/test_websocket_control.c $(ws_case)
%C%_unit_test_websocket_fragment_SOURCES = \
	%D%/unit/test_websocket_fragment.c $(ws_case)
%C%_unit_test_websocket_handshake_SOURCES = \
	%D%/unit/test_websocket_handshake.c $(ws_case)
%C%_unit_test_websocket_options_SOURCES = \
	%D%/unit/test_websocket_options.c $(ws_case)
%C%_unit_test_websocket_pieces_SOURCES = \
	%D%/unit/test_websocket_pieces.c $(ws_case)
%C%_unit_test_websocket_reader_SOURCES = \
	%D%/unit/test_websocket_reader.c $(ws_case)
%C%_unit_test_websocket_send_SOURCES = \
	%D%/unit/test_websocket_send.c $(ws_case)
%C%_unit_test_websocket_send_LDADD = $(LDADD) $(ZLIB_LIBS)
%C%_unit_test_websocket_websocket_SOURCES = \
	%D%/unit/test_websocket_websocket.c $(ws_case)
%C%_fuzz_fuzz_proxy_LDADD = $(fuzz_libs)
%C%_fuzz_fuzz_mqtt_LDADD = libmqtt.la $(fuzz_libs)
%C%_fuzz_fuzz_websocket_SOURCES = %D%/fuzz/fuzz_websocket.c $(ws_case)
%C%_fuzz_fuzz_websocket_LDADD = $(fuzz_libs)
%C%_fuzz_fuzz_websocket_paths_SOURCES = \
	%D%/fuzz/fuzz_websocket_paths.c $(ws_case)
%C%_fuzz_fuzz_websocket_paths_LDADD = $(fuzz_libs)

if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
else
TESTS += %D%/unit/without-cmocka
endif

check_PROGRAMS += $(fuzz_targets)
TESTS += $(fuzz_targets) $(style_tests)

if INTEGRATION
TESTS += $(integration_tests)
endif

TEST_EXTENSIONS = .sh .mjs
wm_driver = env AM_TAP_AWK='$(AWK)' $(SHELL) \
	$(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(wm_driver)
SH_LOG_DRIVER = $(wm_driver)
MJS_LOG_DRIVER = $(wm_driver)
LOG_COMPILER = $(SHELL) $(top_srcdir)/build-aux/run-test
SH_LOG_COMPILER = $(LOG_COMPILER)
MJS_LOG_COMPILER = $(LOG_COMPILER)

AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	NODE_PATH='$(abs_top_srcdir)/tests/integration/node_modules'; \
	export NODE_PATH; \
	NODE='$(NODE)'; export NODE; \
	CC='$(CC)'; export CC; \
	CFLAGS='$(CFLAGS) $(SANITIZE_CFLAGS)'; export CFLAGS; \
	SANITIZE_CFLAGS='$(SANITIZE_CFLAGS)'; export SANITIZE_CFLAGS; \
	NM='$(NM)'; export NM; \
	AWK='$(AWK)'; export AWK; \
	PKG_CONFIG='$(PKG_CONFIG)'; export PKG_CONFIG; \
	MAKE='$(MAKE)'; export MAKE;

# Without `all`: a unit test runs while the programs do not even link.
check-unit: $(unit_tests) $(fuzz_targets)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS \
	    TESTS='$(unit_tests) $(fuzz_targets)'

check-integration: all
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(integration_tests)'

check-reload: all
	$(MAKE) $(AM_MAKEFLAGS) %D%/support/versioned
	WM_RELOAD_LARGE=1 WM_TEST_TIMEOUT=900 \
	    $(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(reload_tests)'

check-handover: all
	$(MAKE) $(AM_MAKEFLAGS) %D%/support/mover
	WM_RELOADS=20 WM_KILLS=200 WM_CLIENTS=150 WM_MANY=10000 \
	    WM_TEST_TIMEOUT=900 \
	    $(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(handover_tests)'

check-style:
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(style_tests)'

.PHONY: check-unit check-integration check-reload check-handover check-style
