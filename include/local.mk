# SPDX-License-Identifier: MIT
# The public interface.

wmincludedir = $(includedir)/workerman
wminclude_HEADERS = \
	%D%/workerman/api.h \
	%D%/workerman/app.h \
	%D%/workerman/buf.h \
	%D%/workerman/channel.h \
	%D%/workerman/conn.h \
	%D%/workerman/datagram.h \
	%D%/workerman/digest.h \
	%D%/workerman/error.h \
	%D%/workerman/event.h \
	%D%/workerman/freeze.h \
	%D%/workerman/http-events.h \
	%D%/workerman/http-form.h \
	%D%/workerman/http-options.h \
	%D%/workerman/http-request.h \
	%D%/workerman/http-response.h \
	%D%/workerman/http-stream.h \
	%D%/workerman/http.h \
	%D%/workerman/limits.h \
	%D%/workerman/listen.h \
	%D%/workerman/log.h \
	%D%/workerman/metrics.h \
	%D%/workerman/network.h \
	%D%/workerman/overflow.h \
	%D%/workerman/protocol-test.h \
	%D%/workerman/protocol.h \
	%D%/workerman/tempfile.h \
	%D%/workerman/timer.h \
	%D%/workerman/websocket.h \
	%D%/workerman/worker.h \
	%D%/workerman/workerman.h
