/* SPDX-License-Identifier: MIT */
/*
 * The libraries, as compiled and as loaded. Versions come from net/ for what
 * may be called only there, else from configure and from the name of the file
 * that the linker loaded, because nothing here may include their headers.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/cli/check_kernel.h"
#include "framework/net/libraries.h"

/* Libraries known by their file; `compiled` is null where no header tells the
   truth. */
static const struct {
	const char *name, *file, *compiled;
} libraries_by_file[] = {
	{ "llhttp", "libllhttp.so", WM_LLHTTP_VERSION },
	{ "wslay", "libwslay.so", NULL },
	{ "zlib", "libz.so", WM_ZLIB_VERSION },
};

/* ---- judge ---- */

/* "3.0.11" as 3000011, so that versions can be compared. */
static long
libraries_number(const char *version)
{
	long n = 0;

	for (int i = 0; i < 3; i++) {
		char *end;
		long part = strtol(version, &end, 10);

		n = n * 1000 + (part < 1000 ? part : 999);
		version = *end == '.' ? end + 1 : "";
	}
	return n;
}

void
wm__judge_library(const struct wm__library_facts *facts, struct wm__finding *f)
{
	const char *compiled = facts->compiled, *loaded = facts->loaded;

	if (facts->file == NULL && loaded == NULL) {
		wm__finding_set(f, WM__CHECK_OK, "%s %s, linked in or not used",
		    facts->name, compiled != NULL ? compiled : "");
		return;
	}
	if (compiled == NULL || loaded == NULL) {
		wm__finding_set(f, WM__CHECK_OK, "%s: %s, compiled with %s",
		    facts->name, facts->file != NULL ? facts->file : loaded,
		    compiled != NULL ? compiled : "a header without version");
		return;
	}
	if (libraries_number(loaded) < libraries_number(compiled)) {
		wm__finding_set(f, WM__CHECK_WARN,
		    "%s %s is loaded, older than the %s that was compiled with",
		    facts->name, loaded, compiled);
		wm__finding_mend_as_root(f, "ldconfig");
		return;
	}
	wm__finding_set(f, WM__CHECK_OK, "%s %s, compiled with %s", facts->name,
	    loaded, compiled);
}

/* ---- facts ---- */

/* The version in "/lib/libz.so.1.2.13", or null. */
static const char *
libraries_version(const char *path, const char *file)
{
	const char *name = strrchr(path, '/');

	name = name != NULL ? name + 1 : path;
	name += strlen(file);
	/* One number alone is that of the interface. */
	return name[0] == '.' && strchr(name + 1, '.') != NULL ? name + 1 :
								 NULL;
}

static void
libraries_check_file(size_t i, struct wm__report *report)
{
	struct wm__library_facts facts = {
		.name = libraries_by_file[i].name,
		.compiled = libraries_by_file[i].compiled,
	};
	struct wm__finding f = { 0 };
	char path[PATH_MAX];

	if (wm__system_loaded(libraries_by_file[i].file, path, sizeof(path))) {
		facts.file = path;
		/* Without a header to compare it with, the number may be the
		   interface's. */
		if (facts.compiled != NULL)
			facts.loaded =
			    libraries_version(path, libraries_by_file[i].file);
	}
	wm__judge_library(&facts, &f);
	wm__report_add(report, &f);
}

void
wm__check_libraries(const struct wm__check *check, struct wm__report *report)
{
	const struct wm__library *known;
	size_t n;

	(void)check;
	known = wm__libraries(&n);
	for (size_t i = 0; i < n; i++) {
		struct wm__library_facts facts = {
			.name = known[i].name,
			.compiled = known[i].compiled,
			.loaded = known[i].loaded,
		};
		struct wm__finding f = { 0 };

		wm__judge_library(&facts, &f);
		wm__report_add(report, &f);
	}
	for (size_t i = 0;
	     i < sizeof(libraries_by_file) / sizeof(*libraries_by_file); i++)
		libraries_check_file(i, report);
}
