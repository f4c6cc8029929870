/* SPDX-License-Identifier: MIT */
/* The table of facts agrees with itself, with the counters and with the
   documentation. */
#include <stdbool.h>

#include "framework/base/counters.h"
#include "framework/ipc/facts.h"
#include "tests/support/unit.h"

static const struct wm__fact *
find(const char *kind, const char *key)
{
	return wm__fact_find(wm__facts_of(kind), key);
}

static void
kinds_and_keys_are_found(void **state)
{
	(void)state;
	assert_string_equal(find("process", "qps")->head, "QPS");
	assert_null(find("process", "nonsense"));
	assert_null(wm__facts_of("nonsense"));
	assert_string_equal(wm__fact_type(WM__FACT_WORD), "string");
}

static void
every_counter_is_told(void **state)
{
	enum { GAUGE, COUNTER };

	(void)state;
#define COUNTER_IS_TOLD(name, kind, text)                                      \
	if (strcmp(#name, "heartbeat_ms") != 0)                                \
		assert_non_null(find("process", #name));                       \
	if ((kind) == COUNTER)                                                 \
		assert_non_null(find("worker", #name));
	WM__COUNTER_TABLE(COUNTER_IS_TOLD)
#undef COUNTER_IS_TOLD
}

static void
letters_and_metrics_are_unique(void **state)
{
	bool letters[128] = { false };
	const char *metrics[64];
	size_t n = 0;

	(void)state;
	letters['q'] = true;
	for (const struct wm__fact_kind *k = wm__fact_kinds; k->kind != NULL;
	     k++)
		for (const struct wm__fact *f = k->facts; f->key != NULL; f++) {
			if (f->letter != 0) {
				assert_false(letters[(int)f->letter]);
				letters[(int)f->letter] = true;
			}
			if (f->metric == NULL)
				continue;
			for (size_t i = 0; i < n; i++)
				assert_string_not_equal(metrics[i], f->metric);
			metrics[n++] = f->metric;
		}
}

static char *
read_page(void)
{
	const char *top = getenv("top_srcdir");
	static char page[64 << 10];
	char path[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/docs/STATUS.md",
	    top != NULL ? top : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(page, 1, sizeof(page) - 1, f);
	fclose(f);
	page[n] = '\0';
	return page;
}

/* Each kind has a heading, and each fact the line that is printed here when
   it is missing. */
static void
the_page_documents_every_fact(void **state)
{
	const char *page = read_page();
	char line[512];
	int missing = 0;

	(void)state;
	for (const struct wm__fact_kind *k = wm__fact_kinds; k->kind != NULL;
	     k++) {
		snprintf(line, sizeof(line), "\n### `%s`: %s\n", k->name,
		    k->help);
		if (strstr(page, line) == NULL) {
			missing++;
			printf("# %s# | key | type | meaning |\n"
			       "# |---|---|---|\n",
			    line);
		}
		for (const struct wm__fact *f = k->facts; f->key != NULL; f++) {
			snprintf(line, sizeof(line), "\n| `%s` | %s | %s |\n",
			    f->key, wm__fact_type(f->form), f->help);
			if (strstr(page, line) == NULL) {
				missing++;
				printf("# %s", line + 1);
			}
		}
	}
	for (const struct wm__fact_kind *k = wm__fact_kinds; k->kind != NULL;
	     k++)
		for (const struct wm__fact *f = k->facts; f->key != NULL; f++) {
			if (f->metric == NULL)
				continue;
			snprintf(line, sizeof(line), "\n| `%s` | %s | %s |\n",
			    f->metric, k->label[0] != '\0' ? k->label : "-",
			    f->help);
			if (strstr(page, line) == NULL) {
				missing++;
				printf("# %s", line + 1);
			}
		}
	assert_int_equal(missing, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_and_keys_are_found),
		cmocka_unit_test(every_counter_is_told),
		cmocka_unit_test(letters_and_metrics_are_unique),
		cmocka_unit_test(the_page_documents_every_fact),
	};

	return UNIT_RUN(tests);
}
