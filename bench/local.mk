# SPDX-License-Identifier: MIT
#
# make bench-reload   how long a reload takes, and how long nobody answers

noinst_PROGRAMS += %D%/reload_load %D%/reload_server %D%/server

%C%_reload_load_CPPFLAGS = $(PUBLIC_CPPFLAGS)
%C%_reload_load_SOURCES = %D%/reload_load.c

%C%_reload_server_CPPFLAGS = $(PUBLIC_CPPFLAGS)
%C%_reload_server_LDADD = libworkerman-all.la
%C%_reload_server_SOURCES = %D%/reload_server.c

%C%_server_CPPFLAGS = $(PUBLIC_CPPFLAGS)
%C%_server_LDADD = libworkerman-all.la
%C%_server_SOURCES = %D%/server.c

EXTRA_DIST += %D%/reload

bench-reload: all
	top_builddir='$(abs_top_builddir)' $(srcdir)/%D%/reload

.PHONY: bench-reload
