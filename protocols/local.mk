# SPDX-License-Identifier: MIT
# The built-in protocols see what an application's own protocol sees, and the
# library that each of them is made of.

libworkerman_protocols_la_CPPFLAGS = $(PUBLIC_CPPFLAGS) $(BANNED) \
	$(LLHTTP_CFLAGS) $(WSLAY_CFLAGS) $(ZLIB_CFLAGS)
libworkerman_protocols_la_SOURCES = \
	%D%/builtin.c \
	%D%/frame.c \
	%D%/raw.c \
	%D%/text.c

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
