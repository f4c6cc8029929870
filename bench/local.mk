# SPDX-License-Identifier: MIT

noinst_PROGRAMS += %D%/server

%C%_server_CPPFLAGS = $(PUBLIC_CPPFLAGS)
%C%_server_LDADD = libworkerman-all.la
%C%_server_SOURCES = %D%/server.c
