# SPDX-License-Identifier: MIT
# The built-in protocols see what an application's own protocol sees, and the
# library that each of them is made of.

libworkerman_protocols_la_CPPFLAGS = $(PUBLIC_CPPFLAGS) $(BANNED) \
	$(LLHTTP_CFLAGS) $(WSLAY_CFLAGS) $(ZLIB_CFLAGS)
libworkerman_protocols_la_SOURCES = \
	%D%/builtin.c \
	%D%/frame.c \
	%D%/http/accept.c \
	%D%/http/answer.c \
	%D%/http/body.c \
	%D%/http/chars.c \
	%D%/http/chars.h \
	%D%/http/cookie.c \
	%D%/http/date.c \
	%D%/http/date.h \
	%D%/http/deadline.c \
	%D%/http/error_body.c \
	%D%/http/error_body.h \
	%D%/http/events.c \
	%D%/http/form.c \
	%D%/http/forwarded.c \
	%D%/http/framing.c \
	%D%/http/framing.h \
	%D%/http/freeze.c \
	%D%/http/head.c \
	%D%/http/head.h \
	%D%/http/host.c \
	%D%/http/host.h \
	%D%/http/http.c \
	%D%/http/keep.c \
	%D%/http/list.c \
	%D%/http/list.h \
	%D%/http/metrics.c \
	%D%/http/multipart.c \
	%D%/http/pairs.c \
	%D%/http/params.c \
	%D%/http/params.h \
	%D%/http/queue.c \
	%D%/http/redirect.c \
	%D%/http/refusal.c \
	%D%/http/refusal.h \
	%D%/http/request.c \
	%D%/http/response.c \
	%D%/http/response.h \
	%D%/http/state.h \
	%D%/http/status.c \
	%D%/http/status.h \
	%D%/http/stream.c \
	%D%/http/target.c \
	%D%/http/target.h \
	%D%/raw.c \
	%D%/text.c \
	%D%/websocket/alive.c \
	%D%/websocket/alive.h \
	%D%/websocket/close.c \
	%D%/websocket/close.h \
	%D%/websocket/control.c \
	%D%/websocket/control.h \
	%D%/websocket/deflate.c \
	%D%/websocket/deflate.h \
	%D%/websocket/extension.c \
	%D%/websocket/extension.h \
	%D%/websocket/fragment.c \
	%D%/websocket/fragment.h \
	%D%/websocket/frame.c \
	%D%/websocket/frame.h \
	%D%/websocket/freeze.c \
	%D%/websocket/freeze.h \
	%D%/websocket/handshake.c \
	%D%/websocket/handshake.h \
	%D%/websocket/mask.c \
	%D%/websocket/mask.h \
	%D%/websocket/partial.c \
	%D%/websocket/partial.h \
	%D%/websocket/pieces.c \
	%D%/websocket/pieces.h \
	%D%/websocket/reader.c \
	%D%/websocket/reader.h \
	%D%/websocket/send.c \
	%D%/websocket/send.h \
	%D%/websocket/state.c \
	%D%/websocket/state.h \
	%D%/websocket/utf8.c \
	%D%/websocket/utf8.h \
	%D%/websocket/websocket.c

# llhttp where the system has only its C sources: compiled from where they
# lie, each through a file of one line in the build directory. Its warnings
# are not ours.
LLHTTP_LIB =
if LLHTTP_SOURCES
LLHTTP_LIB += libllhttp.la
noinst_LTLIBRARIES += libllhttp.la
llhttp_wrappers = %D%/http/llhttp_api.c %D%/http/llhttp_http.c \
	%D%/http/llhttp_llhttp.c
nodist_libllhttp_la_SOURCES = $(llhttp_wrappers)
libllhttp_la_CPPFLAGS = $(LLHTTP_CFLAGS)
libllhttp_la_CFLAGS = $(VISIBILITY_CFLAGS) $(SANITIZE_CFLAGS) -w
CLEANFILES += $(llhttp_wrappers)

$(llhttp_wrappers): $(top_builddir)/config.status
	$(AM_V_GEN)$(MKDIR_P) %D%/http && \
	name=`echo $@ | $(SED) 's|.*/llhttp_||'` && \
	echo "#include \"$(LLHTTP_SRCDIR)/$$name\"" > $@
endif
