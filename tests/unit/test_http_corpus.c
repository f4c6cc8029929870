/* SPDX-License-Identifier: MIT */
/*
 * The requests of http_corpus.txt: what each is answered, whether the
 * connection ends, and that no byte behind a refused request is taken for
 * another one, however the bytes arrive.
 */
#include "tests/support/http_app.h"
#include "tests/support/http_twice.h"
#include "tests/support/unit.h"

#define ROWS_MAX 1000

struct row {
	unsigned line;
	const char *section, *status;
	bool closed;
	char *input;
	size_t len;
};

static char *text;
static struct row rows[ROWS_MAX];
static size_t nrows;

/* Decodes \r \n \t \\ and \xHH where they stand. Returns the length. */
static size_t
unescape(char *s)
{
	static const char from[] = "rnt\\", to[] = "\r\n\t\\";
	const char *p = s, *known;
	char hex[3] = "";
	size_t n = 0;

	for (; *p != '\0'; p++) {
		if (*p != '\\') {
			s[n++] = *p;
		} else if (*++p == 'x') {
			memcpy(hex, p + 1, 2);
			s[n++] = (char)strtoul(hex, NULL, 16);
			p += 2;
		} else {
			known = strchr(from, *p);
			assert_non_null(known);
			s[n++] = to[known - from];
		}
	}
	return n;
}

static void
add_row(char *line, unsigned number)
{
	struct row *row = &rows[nrows];
	char *how;

	if (*line == '#' || *line == '\0')
		return;
	assert_true(nrows++ < ROWS_MAX);
	row->line = number;
	row->section = strsep(&line, " ");
	row->status = strsep(&line, " ");
	how = strsep(&line, " ");
	if (line == NULL ||
	    (strcmp(how, "close") != 0 && strcmp(how, "open") != 0))
		fail_msg("http_corpus.txt:%u: not a row", number);
	row->closed = strcmp(how, "close") == 0;
	row->input = line;
	row->len = unescape(line);
}

static int
read_corpus(void **state)
{
	const char *top = getenv("top_srcdir");
	char path[4096], *p, *line;
	unsigned number = 1;
	size_t size = 0;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/support/http_corpus.txt",
	    top != NULL ? top : ".");
	f = fopen(path, "r");
	if (f == NULL || getdelim(&text, &size, '\0', f) < 0)
		return -1;
	fclose(f);
	for (p = text; (line = strsep(&p, "\n")) != NULL; number++)
		add_row(line, number);
	return 0;
}

static int
free_corpus(void **state)
{
	(void)state;
	free(text);
	return 0;
}

struct want {
	const struct row *row;
	const char *before, *behind; /* statuses of the requests around it */
};

static void
check(struct wire *w, void *arg)
{
	const struct want *want = arg;
	char statuses[64];

	snprintf(statuses, sizeof(statuses), "%s%s%s", want->before,
	    want->row->status, want->row->closed ? "" : want->behind);
	if (strcmp(app_statuses(w), statuses) != 0 ||
	    wire_is_closed(w) != want->row->closed)
		fail_msg("http_corpus.txt:%u (RFC %s): %s, closed %d instead "
			 "of %s, closed %d",
		    want->row->line, want->row->section, app_statuses(w),
		    wire_is_closed(w), statuses, want->row->closed);
	if (want->row->closed)
		assert_int_equal(app_sent(w, "Connection: close\r\n"), 1);
	assert_int_equal(app_was_asked("/behind"),
	    *want->behind != '\0' && !want->row->closed);
}

static void
each_request_gets_its_answer_however_it_is_split(void **state)
{
	struct want want = { .before = "", .behind = "" };
	size_t i;

	(void)state;
	for (i = 0; i < nrows; i++) {
		want.row = &rows[i];
		app_each_way(rows[i].input, rows[i].len, check, &want);
	}
}

static void
the_same_between_two_good_requests(void **state)
{
	static const char first[] = GOOD("/first"), last[] = GOOD("/behind");
	struct want want = { .before = "200 ", .behind = " 200" };
	struct wm_buf input = WM_BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < nrows; i++) {
		want.row = &rows[i];
		input.len = 0;
		wm_buf_puts(&input, first);
		wm_buf_put(&input, rows[i].input, rows[i].len);
		wm_buf_puts(&input, last);
		app_each_way(input.data, input.len, check, &want);
	}
	wm_buf_fini(&input);
}

/* Behind one that is still being answered: the refusal waits for it, and
   then the connection ends. */
static void
the_same_behind_a_request_that_is_answered_later(void **state)
{
	struct wire *w;
	size_t i;

	(void)state;
	for (i = 0; i < nrows; i++) {
		if (!rows[i].closed || strcmp(rows[i].status, "200") == 0)
			continue;
		app.defer = true;
		w = app_fed(GOOD("/first"));
		wire_feed(w, rows[i].input, rows[i].len);
		wire_feed(w, GOOD("/behind"), sizeof(GOOD("/behind")) - 1);
		wire_turn(w);
		assert_string_equal(app_statuses(w), "");
		assert_int_equal(app_answer(w, 0, "ok"), 0);
		assert_int_equal(strncmp(app_statuses(w), "200 ", 4), 0);
		assert_string_equal(app_statuses(w) + 4, rows[i].status);
		assert_true(wire_is_closed(w));
		assert_int_equal(app.delivered, 1);
		wire_free(&w);
		app_reset();
	}
}

/* What our scan takes, llhttp takes, and with the same meaning. */
static void
llhttp_takes_every_head_that_is_taken(void **state)
{
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < nrows; i++)
		if (http_twice(rows[i].input, rows[i].len, &why) && why != NULL)
			fail_msg("http_corpus.txt:%u: %s", rows[i].line, why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(each_request_gets_its_answer_however_it_is_split),
		TEST(the_same_between_two_good_requests),
		TEST(the_same_behind_a_request_that_is_answered_later),
		TEST(llhttp_takes_every_head_that_is_taken),
	};

	return cmocka_run_group_tests(tests, read_corpus, free_corpus);
}
