dnl SPDX-License-Identifier: MIT
dnl What configure.ac asks more than once, or that would make it hard to read.

dnl WM_TRY_LINK(FLAGS, IF-ACCEPTED, [IF-REFUSED])
dnl Does the compiler build a program with FLAGS? Under -Werror, since clang
dnl only warns about a flag that it does not know.
AC_DEFUN([WM_TRY_LINK], [
  wm_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror $1"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [wm_accepted=yes],
    [wm_accepted=no])
  CFLAGS=$wm_save_CFLAGS
  AS_IF([test $wm_accepted = yes], [$2], [$3])
])

dnl WM_APPEND_CFLAGS(VARIABLE, FLAGS): those of FLAGS that the compiler knows.
AC_DEFUN([WM_APPEND_CFLAGS], [
  for wm_flag in m4_normalize([$2]); do
    AC_MSG_CHECKING([whether $CC accepts $wm_flag])
    dnl gcc accepts any -Wno-X without a word; ask for -WX instead.
    wm_probe=`AS_ECHO(["$wm_flag"]) | sed 's/^-Wno-/-W/'`
    WM_TRY_LINK([$wm_probe], [AS_VAR_APPEND([$1], [" $wm_flag"])])
    AC_MSG_RESULT([$wm_accepted])
  done
  AC_SUBST([$1])
])

dnl WM_REQUIRE_CFLAGS(VARIABLE, FLAGS): all of FLAGS, or configure fails.
AC_DEFUN([WM_REQUIRE_CFLAGS], [
  AC_MSG_CHECKING([whether $CC accepts m4_normalize([$2])])
  WM_TRY_LINK([m4_normalize([$2])],
    [AS_VAR_APPEND([$1], [" m4_normalize([$2])"])])
  AC_MSG_RESULT([$wm_accepted])
  AS_IF([test $wm_accepted = no],
    [AC_MSG_ERROR([$CC cannot build with m4_normalize([$2])])])
  AC_SUBST([$1])
])

dnl WM_WITH_WSLAY
dnl wslay installs no .pc file, and its version macro is wrong in released
dnl versions: ask for the header and for the functions we call.
dnl Sets WSLAY_CFLAGS, WSLAY_LIBS, wslay_found.
AC_DEFUN([WM_WITH_WSLAY], [
  AC_ARG_WITH([wslay],
    [AS_HELP_STRING([--with-wslay=DIR],
      [wslay in DIR/include and DIR/lib])],
    [], [with_wslay=yes])
  WSLAY_CFLAGS=
  WSLAY_LIBS=-lwslay
  wslay_found=system
  AS_CASE([$with_wslay],
    [yes], [],
    [no], [AC_MSG_ERROR([wslay cannot be left out])],
    [AS_IF([test ! -r "$with_wslay/include/wslay/wslay.h"],
       [AC_MSG_ERROR([no wslay in $with_wslay])])
     WSLAY_CFLAGS="-isystem $with_wslay/include"
     WSLAY_LIBS="-L$with_wslay/lib -lwslay"
     wslay_found=$with_wslay])
  wm_save_CPPFLAGS=$CPPFLAGS wm_save_LIBS=$LIBS
  CPPFLAGS="$CPPFLAGS $WSLAY_CFLAGS"
  LIBS="$WSLAY_LIBS $LIBS"
  AC_CHECK_HEADER([wslay/wslay.h], [],
    [AC_MSG_ERROR([wslay is needed (Debian: libwslay-dev)])])
  AC_CHECK_FUNCS([wslay_event_context_server_init \
      wslay_event_config_set_no_buffering wslay_event_recv \
      wslay_frame_context_init], [],
    [AC_MSG_ERROR([this wslay is too old; 1.1.1 or newer is needed])])
  CPPFLAGS=$wm_save_CPPFLAGS LIBS=$wm_save_LIBS
  AC_SUBST([WSLAY_CFLAGS])
  AC_SUBST([WSLAY_LIBS])
])

dnl WM_WITH_LLHTTP
dnl An installed llhttp where pkg-config knows one; else its C sources, which
dnl are compiled from where they lie. Older versions are strict only when
dnl they are built so, and their header must see the same switch.
dnl Sets LLHTTP_CFLAGS, LLHTTP_LIBS, LLHTTP_REQUIRES (for the .pc file),
dnl LLHTTP_SRCDIR with the condition LLHTTP_SOURCES, and llhttp_found.
AC_DEFUN([WM_WITH_LLHTTP], [
  AC_ARG_WITH([llhttp],
    [AS_HELP_STRING([--with-llhttp=DIR],
      [compile llhttp from the C sources in DIR (default: pkg-config
       libllhttp, else those of the Debian package node-llhttp)])],
    [], [with_llhttp=auto])
  LLHTTP_REQUIRES=
  LLHTTP_SRCDIR=
  AS_CASE([$with_llhttp],
    [no], [AC_MSG_ERROR([llhttp cannot be left out])],
    [auto|yes], [
      PKG_CHECK_MODULES([LLHTTP], [libllhttp >= 9],
        [LLHTTP_REQUIRES=libllhttp
         llhttp_found="installed library"],
        [LLHTTP_SRCDIR=/usr/share/llhttp])],
    [LLHTTP_SRCDIR=$with_llhttp])
  AS_IF([test "x$LLHTTP_SRCDIR" != x], [
    AC_MSG_CHECKING([for the sources of llhttp])
    llhttp_header=
    for wm_dir in "$LLHTTP_SRCDIR" "$LLHTTP_SRCDIR/include" \
        "$LLHTTP_SRCDIR/../include" "$LLHTTP_SRCDIR/../include/llhttp"; do
      AS_IF([test "x$llhttp_header" = x && test -r "$wm_dir/llhttp.h"],
        [llhttp_header=$wm_dir])
    done
    dnl A released archive keeps them in src/.
    AS_IF([test ! -r "$LLHTTP_SRCDIR/llhttp.c" \
        && test -r "$LLHTTP_SRCDIR/src/llhttp.c"],
      [LLHTTP_SRCDIR=$LLHTTP_SRCDIR/src])
    AS_IF([test "x$llhttp_header" = x \
        || test ! -r "$LLHTTP_SRCDIR/llhttp.c" \
        || test ! -r "$LLHTTP_SRCDIR/http.c" \
        || test ! -r "$LLHTTP_SRCDIR/api.c"],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([llhttp is needed (Debian 12: node-llhttp; later:
                     libllhttp-dev; or --with-llhttp=DIR)])])
    AC_MSG_RESULT([$LLHTTP_SRCDIR])
    LLHTTP_CFLAGS="-isystem $llhttp_header -DLLHTTP_STRICT_MODE=1"
    LLHTTP_LIBS=
    llhttp_found="sources in $LLHTTP_SRCDIR"
  ])
  AC_SUBST([LLHTTP_CFLAGS])
  AC_SUBST([LLHTTP_LIBS])
  AC_SUBST([LLHTTP_REQUIRES])
  AC_SUBST([LLHTTP_SRCDIR])
  AM_CONDITIONAL([LLHTTP_SOURCES], [test "x$LLHTTP_SRCDIR" != x])
])

dnl WM_ASK_LLHTTP_VERSION
dnl Defines WM_LLHTTP_VERSION as the header of WM_WITH_LLHTTP says it.
AC_DEFUN([WM_ASK_LLHTTP_VERSION], [
  AC_MSG_CHECKING([for the version of llhttp])
  wm_save_CPPFLAGS=$CPPFLAGS
  CPPFLAGS="$CPPFLAGS $LLHTTP_CFLAGS"
  AC_COMPUTE_INT([wm_major], [LLHTTP_VERSION_MAJOR], [@%:@include <llhttp.h>],
    [AC_MSG_ERROR([llhttp.h cannot be compiled])])
  AC_COMPUTE_INT([wm_minor], [LLHTTP_VERSION_MINOR], [@%:@include <llhttp.h>])
  AC_COMPUTE_INT([wm_patch], [LLHTTP_VERSION_PATCH], [@%:@include <llhttp.h>])
  CPPFLAGS=$wm_save_CPPFLAGS
  AC_DEFINE_UNQUOTED([WM_LLHTTP_VERSION], ["$wm_major.$wm_minor.$wm_patch"],
    [llhttp that this was built with])
  AC_MSG_RESULT([$wm_major.$wm_minor.$wm_patch])
])
