/* SPDX-License-Identifier: MIT */
/*
 * The answer of a describe process as bytes: a version, a kind, then either
 * the table or the line of a refusal. Numbers are 32 bits little-endian; a
 * string is its length with the NUL (0: null), its bytes and the NUL, so that
 * it may be read where it lies. The reader checks every bound, because the
 * program that wrote it may be a broken one.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <workerman/error.h>

#include "framework/ipc/ipc.h"
#include "framework/ipc/table.h"

#define TABLE_KIND_TABLE   1
#define TABLE_KIND_REFUSAL 2
#define TABLE_STRING_MAX   255 /* bytes of a version, user or URL */

struct table_reader {
	const unsigned char *data;
	size_t left;
	const char *error; /* static; null while all is well */
	bool nomem;
};

bool
wm__name_valid(const char *name)
{
	size_t len = strspn(name,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-_");

	return len > 0 && len <= WM__NAME_MAX && name[len] == '\0' &&
	    name[0] != '-';
}

/* ---- writing ---- */

static void
table_put_number(struct wm_buf *out, size_t n)
{
	unsigned char bytes[4] = { (unsigned char)n, (unsigned char)(n >> 8),
		(unsigned char)(n >> 16), (unsigned char)(n >> 24) };

	wm_buf_put(out, bytes, sizeof(bytes));
}

static void
table_put_long(struct wm_buf *out, uint64_t n)
{
	table_put_number(out, (uint32_t)n);
	table_put_number(out, (uint32_t)(n >> 32));
}

static void
table_put_string(struct wm_buf *out, const char *s)
{
	size_t len = s != NULL ? strlen(s) + 1 : 0;

	table_put_number(out, len);
	wm_buf_put(out, s, len);
}

static void
table_put_sockets(struct wm_buf *out, const struct wm__socket_options *options)
{
#define TABLE_PUT(name) table_put_number(out, options->name);
	WM__SOCKET_NUMBERS(TABLE_PUT)
#undef TABLE_PUT
	table_put_string(out, options->device);
}

static void
table_put_row(struct wm_buf *out, const struct wm__row *row)
{
	static const struct wm__socket_options none;

	table_put_string(out, row->name);
	table_put_number(out, row->count);
#define TABLE_PUT(name) table_put_long(out, row->name);
	WM__ROW_NUMBERS(TABLE_PUT)
#undef TABLE_PUT
	table_put_long(out, row->events);
	table_put_string(out, row->cpus);
	table_put_string(out, row->user);
	table_put_string(out, row->group);
	table_put_number(out, row->n_urls);
	for (size_t i = 0; i < row->n_urls; i++) {
		table_put_string(out, row->urls[i]);
		table_put_sockets(out,
		    row->sockets != NULL ? &row->sockets[i] : &none);
	}
}

void
wm__table_encode(const struct wm__table *table, struct wm_buf *out)
{
	table_put_number(out, WM__IPC_VERSION);
	table_put_number(out, TABLE_KIND_TABLE);
	table_put_string(out, table->name);
	table_put_string(out, table->version);
	table_put_number(out, table->n_rows);
	for (size_t i = 0; i < table->n_rows; i++)
		table_put_row(out, &table->rows[i]);
}

void
wm__table_encode_refusal(const char *why, struct wm_buf *out)
{
	table_put_number(out, WM__IPC_VERSION);
	table_put_number(out, TABLE_KIND_REFUSAL);
	table_put_string(out, why);
}

/* ---- reading ---- */

static size_t
table_fail(struct table_reader *r, const char *error)
{
	if (r->error == NULL)
		r->error = error;
	r->left = 0;
	return 0;
}

static size_t
table_number(struct table_reader *r, size_t max)
{
	size_t n;

	if (r->left < 4)
		return table_fail(r, "the description ends too early");
	n = (size_t)r->data[0] | (size_t)r->data[1] << 8 |
	    (size_t)r->data[2] << 16 | (size_t)r->data[3] << 24;
	r->data += 4;
	r->left -= 4;
	if (n > max)
		return table_fail(r, "a number in the description is too big");
	return n;
}

static uint64_t
table_long(struct table_reader *r)
{
	uint64_t low = table_number(r, UINT32_MAX);

	return low | (uint64_t)table_number(r, UINT32_MAX) << 32;
}

/* A string where it lies; null for a null one and after a failure. */
static const char *
table_view(struct table_reader *r, size_t max)
{
	size_t len = table_number(r, UINT32_MAX);
	const char *s = (const char *)r->data;

	if (len == 0)
		return NULL;
	if (len > max + 1) {
		table_fail(r, "a string in the description is too long");
		return NULL;
	}
	if (len > r->left || s[len - 1] != '\0' || strlen(s) != len - 1) {
		table_fail(r, "a string in the description is broken");
		return NULL;
	}
	r->data += len;
	r->left -= len;
	return s;
}

static char *
table_string(struct table_reader *r, size_t max)
{
	const char *s = table_view(r, max);
	char *copy = s != NULL ? strdup(s) : NULL;

	if (s != NULL && copy == NULL) {
		r->nomem = true;
		table_fail(r, "out of memory");
	}
	return copy;
}

static char *
table_name(struct table_reader *r)
{
	char *name = table_string(r, WM__NAME_MAX);

	if (name == NULL || !wm__name_valid(name))
		table_fail(r, "a name in the description is not valid");
	return name;
}

static void *
table_array(struct table_reader *r, size_t n, size_t size)
{
	void *array = n > 0 ? calloc(n, size) : NULL;

	if (n > 0 && array == NULL) {
		r->nomem = true;
		table_fail(r, "out of memory");
	}
	return array;
}

static void
table_read_sockets(struct table_reader *r, struct wm__socket_options *options)
{
	const char *device;

#define TABLE_READ(name) options->name = (uint32_t)table_number(r, UINT32_MAX);
	WM__SOCKET_NUMBERS(TABLE_READ)
#undef TABLE_READ
	device = table_view(r, WM__DEVICE_MAX);
	if (device != NULL)
		memcpy(options->device, device, strlen(device) + 1);
	if (options->mode > 0777 || options->backlog > INT32_MAX ||
	    options->receive_buffer > WM__SOCKET_BUFFERS ||
	    options->send_buffer > WM__SOCKET_BUFFERS)
		table_fail(r, "a socket option is out of its range");
}

static void
table_read_row(struct table_reader *r, struct wm__row *row)
{
	size_t n;

	row->name = table_name(r);
	row->count = (uint32_t)table_number(r, WM__COUNT_MAX);
	if (row->count == 0)
		table_fail(r, "a worker has no processes");
#define TABLE_READ(name) row->name = table_long(r);
	WM__ROW_NUMBERS(TABLE_READ)
#undef TABLE_READ
	if (row->watchdog > WM__WATCHDOG_MAX)
		table_fail(r, "a watchdog waits for too long");
	row->events = table_long(r);
	row->cpus = table_string(r, WM__CPUS_MAX);
	row->user = table_string(r, TABLE_STRING_MAX);
	row->group = table_string(r, TABLE_STRING_MAX);
	n = table_number(r, WM__LISTENERS_MAX);
	row->urls = table_array(r, n, sizeof(*row->urls));
	row->n_urls = row->urls != NULL ? n : 0;
	row->sockets = table_array(r, row->n_urls, sizeof(*row->sockets));
	for (size_t i = 0; i < row->n_urls; i++) {
		row->urls[i] = table_string(r, TABLE_STRING_MAX);
		if (row->urls[i] == NULL)
			table_fail(r, "a listener has no address");
		if (row->sockets != NULL)
			table_read_sockets(r, &row->sockets[i]);
	}
}

static void
table_read(struct table_reader *r, struct wm__table *table)
{
	size_t n;

	table->name = table_name(r);
	table->version = table_string(r, TABLE_STRING_MAX);
	if (table->version == NULL)
		table_fail(r, "the program has no version string");
	n = table_number(r, WM__ROWS_MAX);
	if (n == 0)
		table_fail(r, "the program has no workers");
	table->rows = table_array(r, n, sizeof(*table->rows));
	table->n_rows = table->rows != NULL ? n : 0;
	for (size_t i = 0; i < table->n_rows && r->error == NULL; i++)
		table_read_row(r, &table->rows[i]);
	if (r->error == NULL && r->left > 0)
		table_fail(r, "the description is longer than its table");
}

static int
table_refused(struct table_reader *r, const char **error_r)
{
	const char *why = table_view(r, WM__IPC_MAX);

	if (why == NULL || r->left > 0) {
		*error_r = "the refusal is malformed";
		return WM_E_PROTOCOL;
	}
	*error_r = why;
	return WM_E_POLICY;
}

int
wm__table_decode(const void *data, size_t len, struct wm__table **table_r,
    const char **error_r)
{
	struct table_reader r = { data, len, NULL, false };
	size_t version = table_number(&r, UINT32_MAX), kind;

	if (r.error == NULL && version != WM__IPC_VERSION) {
		*error_r = "the program is of another framework version than "
			   "its master: restart";
		return WM_E_VERSION;
	}
	kind = table_number(&r, TABLE_KIND_REFUSAL);
	if (r.error == NULL && kind == TABLE_KIND_REFUSAL)
		return table_refused(&r, error_r);
	if (kind != TABLE_KIND_TABLE)
		table_fail(&r, "the description is of no known kind");
	*table_r = table_array(&r, 1, sizeof(**table_r));
	if (*table_r != NULL)
		table_read(&r, *table_r);
	if (r.error == NULL)
		return 0;
	*error_r = r.error;
	wm__table_free(table_r);
	return r.nomem ? WM_E_NOMEM : WM_E_PROTOCOL;
}

/* ---- the rest ---- */

static void
table_row_fini(struct wm__row *row)
{
	for (size_t i = 0; i < row->n_urls; i++)
		free(row->urls[i]);
	free(row->urls);
	free(row->sockets);
	free(row->name);
	free(row->cpus);
	free(row->user);
	free(row->group);
}

void
wm__table_free(struct wm__table **table)
{
	struct wm__table *t = *table;

	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n_rows; i++)
		table_row_fini(&t->rows[i]);
	free(t->rows);
	free(t->name);
	free(t->version);
	free(t);
	*table = NULL;
}

size_t
wm__table_slots(const struct wm__table *table)
{
	size_t n = 0;

	for (size_t i = 0; i < table->n_rows; i++)
		n += table->rows[i].count;
	return n;
}
