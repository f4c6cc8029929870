# SPDX-License-Identifier: MIT
# The example programs: compiled with the public headers only, and linked
# against the objects of the library, so that the file that make leaves is
# the program itself.

noinst_PROGRAMS += %D%/echo/echo %D%/mqtt/mqtt
if HAVE_JANSSON
noinst_PROGRAMS += %D%/chat/chat
endif
if HAVE_API
noinst_PROGRAMS += %D%/api/api
endif

%C%_echo_echo_CPPFLAGS = $(PUBLIC_CPPFLAGS)
%C%_echo_echo_LDADD = libworkerman-all.la
%C%_echo_echo_SOURCES = %D%/echo/echo.c

%C%_mqtt_mqtt_CPPFLAGS = $(PUBLIC_CPPFLAGS)
%C%_mqtt_mqtt_LDADD = libworkerman-all.la
%C%_mqtt_mqtt_SOURCES = \
	%D%/mqtt/asked.c \
	%D%/mqtt/asked.h \
	%D%/mqtt/broker.c \
	%D%/mqtt/broker.h \
	%D%/mqtt/deliver.c \
	%D%/mqtt/filters.c \
	%D%/mqtt/filters.h \
	%D%/mqtt/handover.c \
	%D%/mqtt/inflight.c \
	%D%/mqtt/inflight.h \
	%D%/mqtt/link.c \
	%D%/mqtt/mesh.c \
	%D%/mqtt/mesh.h \
	%D%/mqtt/message.c \
	%D%/mqtt/message.h \
	%D%/mqtt/move.c \
	%D%/mqtt/mqtt.c \
	%D%/mqtt/mqtt_protocol.c \
	%D%/mqtt/mqtt_protocol.h \
	%D%/mqtt/pack.c \
	%D%/mqtt/pack.h \
	%D%/mqtt/recent.c \
	%D%/mqtt/recent.h \
	%D%/mqtt/retained.c \
	%D%/mqtt/retained.h \
	%D%/mqtt/session.c \
	%D%/mqtt/session.h \
	%D%/mqtt/session_pack.c \
	%D%/mqtt/topic.c \
	%D%/mqtt/topic.h

# chat carries its page inside: each file of apps/chat/page/ becomes an array
# (index.html is chat_index_html), one line in each list and one rule below.
chat_pages = \
	%D%/chat/page/index.html \
	%D%/chat/page/style.css \
	%D%/chat/page/chat.js \
	%D%/chat/page/link.js \
	%D%/chat/page/view.js
chat_embedded = \
	%D%/chat/embed_index_html.c \
	%D%/chat/embed_style_css.c \
	%D%/chat/embed_chat_js.c \
	%D%/chat/embed_link_js.c \
	%D%/chat/embed_view_js.c

%C%_chat_chat_CPPFLAGS = $(PUBLIC_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_chat_chat_LDADD = libworkerman-all.la $(JANSSON_LIBS)
%C%_chat_chat_SOURCES = \
	%D%/chat/chat.c \
	%D%/chat/chat.h \
	%D%/chat/gossip.c \
	%D%/chat/gossip.h \
	%D%/chat/move.c \
	%D%/chat/news.c \
	%D%/chat/page.c \
	%D%/chat/people.c \
	%D%/chat/roster.c \
	%D%/chat/roster.h \
	%D%/chat/talk.c \
	%D%/chat/words.c \
	%D%/chat/words.h
nodist_%C%_chat_chat_SOURCES = $(chat_embedded)

EXTRA_DIST += $(chat_pages)
CLEANFILES += $(chat_embedded)

EMBED = $(AM_V_GEN)$(SHELL) $(top_srcdir)/build-aux/embed
CHAT_PAGE = $(srcdir)/%D%/chat/page
%D%/chat/embed_index_html.c: %D%/chat/page/index.html build-aux/embed
	$(EMBED) chat_index_html $(CHAT_PAGE)/index.html $@
%D%/chat/embed_style_css.c: %D%/chat/page/style.css build-aux/embed
	$(EMBED) chat_style_css $(CHAT_PAGE)/style.css $@
%D%/chat/embed_chat_js.c: %D%/chat/page/chat.js build-aux/embed
	$(EMBED) chat_chat_js $(CHAT_PAGE)/chat.js $@
%D%/chat/embed_link_js.c: %D%/chat/page/link.js build-aux/embed
	$(EMBED) chat_link_js $(CHAT_PAGE)/link.js $@
%D%/chat/embed_view_js.c: %D%/chat/page/view.js build-aux/embed
	$(EMBED) chat_view_js $(CHAT_PAGE)/view.js $@

# api carries its page in the same way.
api_pages = \
	%D%/api/page/index.html \
	%D%/api/page/style.css \
	%D%/api/page/notes.js
api_embedded = \
	%D%/api/embed_index_html.c \
	%D%/api/embed_style_css.c \
	%D%/api/embed_notes_js.c

%C%_api_api_CPPFLAGS = $(PUBLIC_CPPFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
%C%_api_api_LDADD = libworkerman-all.la $(JANSSON_LIBS) $(SQLITE_LIBS)
%C%_api_api_SOURCES = \
	%D%/api/api.c \
	%D%/api/api.h \
	%D%/api/json.c \
	%D%/api/json.h \
	%D%/api/notes.c \
	%D%/api/notes.h \
	%D%/api/page.c \
	%D%/api/problem.c \
	%D%/api/problem.h \
	%D%/api/query.c \
	%D%/api/query.h \
	%D%/api/routes.c \
	%D%/api/schema.c \
	%D%/api/schema.h
nodist_%C%_api_api_SOURCES = $(api_embedded)

EXTRA_DIST += $(api_pages)
CLEANFILES += $(api_embedded)

API_PAGE = $(srcdir)/%D%/api/page
%D%/api/embed_index_html.c: %D%/api/page/index.html build-aux/embed
	$(EMBED) api_index_html $(API_PAGE)/index.html $@
%D%/api/embed_style_css.c: %D%/api/page/style.css build-aux/embed
	$(EMBED) api_style_css $(API_PAGE)/style.css $@
%D%/api/embed_notes_js.c: %D%/api/page/notes.js build-aux/embed
	$(EMBED) api_notes_js $(API_PAGE)/notes.js $@
