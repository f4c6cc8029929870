# SPDX-License-Identifier: MIT

EXTRA_DIST += \
	%D%/ARCHITECTURE.md \
	%D%/CONNECTIONS.md \
	%D%/HTTP.md \
	%D%/LIMITS.md \
	%D%/PERFORMANCE.md \
	%D%/PROTOCOLS.md \
	%D%/RELOAD.md \
	%D%/STATUS.md \
	%D%/WEBSOCKET.md \
	%D%/performance.svg

# Each is linted, its examples compiled and its lists compared with the program
# by tests/integration/man.sh.
dist_man_MANS = \
	%D%/man/wm_channel.3 \
	%D%/man/wm_conn.3 \
	%D%/man/wm_digest.3 \
	%D%/man/wm_freeze.3 \
	%D%/man/wm_http.3 \
	%D%/man/wm_http_form.3 \
	%D%/man/wm_http_stream.3 \
	%D%/man/wm_http_value.3 \
	%D%/man/wm_log.3 \
	%D%/man/wm_main.3 \
	%D%/man/wm_metrics.3 \
	%D%/man/wm_overflow.3 \
	%D%/man/wm_protocol.3 \
	%D%/man/wm_protocol_test.3 \
	%D%/man/wm_temp_file.3 \
	%D%/man/wm_timer.3 \
	%D%/man/wm_websocket.3 \
	%D%/man/workerman-cli.1 \
	%D%/man/workerman.7

# The reader's files of PROTOCOLS.md, built as our own here; what a reader
# does with them is tests/integration/tutorial.sh.
check_PROGRAMS += %D%/examples/office %D%/examples/parcel_test
TESTS += %D%/examples/parcel_test
parcel = %D%/examples/parcel.c %D%/examples/parcel.h

%C%_examples_office_CPPFLAGS = $(PUBLIC_CPPFLAGS)
%C%_examples_office_LDADD = libworkerman-all.la
%C%_examples_office_SOURCES = %D%/examples/office.c $(parcel)
%C%_examples_parcel_test_CPPFLAGS = $(PUBLIC_CPPFLAGS)
%C%_examples_parcel_test_LDADD = libworkerman-all.la
%C%_examples_parcel_test_SOURCES = %D%/examples/parcel_test.c $(parcel)
