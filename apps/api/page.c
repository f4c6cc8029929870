/* SPDX-License-Identifier: MIT */
/* The page at /, to try the API in a browser. Its files are part of the
   program. */
#include "api.h"

/*	path          array          type */
#define FILE_TABLE(X)                                                          \
	X("/", api_index_html, "text/html; charset=utf-8")                     \
	X("/style.css", api_style_css, "text/css; charset=utf-8")              \
	X("/notes.js", api_notes_js, "text/javascript; charset=utf-8")

/* Made from the files of page/ when the program is built. */
#define FILE_EXTERN(path, array, type)                                         \
	extern const char array[];                                             \
	extern const size_t array##_len;
FILE_TABLE(FILE_EXTERN)
#undef FILE_EXTERN

static const struct file {
	const char *path, *type, *data;
	const size_t *len;
} files[] = {
#define FILE_ROW(path, array, type) { path, type, array, &array##_len },
	FILE_TABLE(FILE_ROW)
#undef FILE_ROW
};

#define FILES (sizeof(files) / sizeof(files[0]))

/* Nothing but what this port serves runs on the page, and no other site may
   show it in a frame. */
static const struct wm_http_header file_headers[] = {
	{ "Cache-Control", "no-cache" },
	{ "Content-Security-Policy",
	    "default-src 'none'; script-src 'self'; style-src 'self'; "
	    "connect-src 'self'; img-src data:; base-uri 'none'; "
	    "form-action 'none'; frame-ancestors 'none'" },
	{ "Referrer-Policy", "no-referrer" },
	{ "X-Content-Type-Options", "nosniff" },
	{ NULL, NULL },
};

bool
page_find(const struct wm_http_request *r, struct wm_http_response *response_r)
{
	size_t i;

	for (i = 0; i < FILES; i++)
		if (wm_http_path_is(r, files[i].path)) {
			*response_r = (struct wm_http_response){
				.content_type = files[i].type,
				.headers = file_headers,
				.body = files[i].data,
				.body_len = *files[i].len,
			};
			return true;
		}
	return false;
}
