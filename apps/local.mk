# SPDX-License-Identifier: MIT
# The example programs: compiled with the public headers only, and linked
# against the objects of the library, so that the file that make leaves is
# the program itself.

noinst_PROGRAMS += %D%/echo/echo
if HAVE_JANSSON
noinst_PROGRAMS += %D%/chat/chat
endif

%C%_echo_echo_CPPFLAGS = $(PUBLIC_CPPFLAGS)
%C%_echo_echo_LDADD = libworkerman-all.la
%C%_echo_echo_SOURCES = %D%/echo/echo.c

# chat carries its page inside: chat_pages lists the files of apps/chat/ that
# become arrays (index.html is chat_index_html), one rule each below.
%C%_chat_chat_CPPFLAGS = $(PUBLIC_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_chat_chat_LDADD = libworkerman-all.la $(JANSSON_LIBS)
%C%_chat_chat_SOURCES = %D%/chat/chat.c
nodist_%C%_chat_chat_SOURCES = $(chat_embedded)

chat_pages = %D%/chat/index.html
chat_embedded = %D%/chat/embed_index_html.c
EXTRA_DIST += $(chat_pages)
CLEANFILES += $(chat_embedded)

EMBED = $(AM_V_GEN)$(SHELL) $(top_srcdir)/build-aux/embed
%D%/chat/embed_index_html.c: %D%/chat/index.html build-aux/embed
	$(EMBED) chat_index_html $(srcdir)/%D%/chat/index.html $@
