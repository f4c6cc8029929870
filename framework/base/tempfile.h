/* SPDX-License-Identifier: MIT */
/* The two ways to a file without a name: <workerman/tempfile.h>. */
#ifndef BASE_TEMPFILE_H
#define BASE_TEMPFILE_H

#include <workerman/tempfile.h>

/* Made without a name, where the system and the file system can: else
   WM_E_UNSUPPORTED. */
int wm__temp_file_unnamed(const char *dir);

/* Made with a random name, which is removed at once. */
int wm__temp_file_unlinked(const char *dir);

#endif
