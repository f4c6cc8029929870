/* SPDX-License-Identifier: MIT */
/* Files that nobody else can open and that are gone when they are closed. */
#ifndef WORKERMAN_TEMPFILE_H
#define WORKERMAN_TEMPFILE_H

#include <workerman/api.h>

WM_BEGIN_DECLS

/*
 * A new, empty file without a name, readable and writable for its owner alone
 * (0600), closed on exec, in that directory (null: $TMPDIR, else /tmp).
 * Returns the descriptor, the caller's; WM_E_INVALID for a directory whose
 * name is too long, WM_E_SYSTEM with errno set.
 */
WM_API int wm_temp_file(const char *dir);

WM_END_DECLS

#endif
