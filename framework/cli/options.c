/* SPDX-License-Identifier: MIT */
/*
 * Parsing of the command line. Strict: what is not known, does not belong to
 * the command, or lacks its argument is an error. An argument that begins
 * with '-' must be attached with '='.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <workerman/error.h>

#include "framework/cli/options.h"
#include "framework/ipc/table.h"

enum option_id {
#define OPTION_ID(id, letter, name, arg, with, help) OPTION_##id,
	WM__OPTION_TABLE(OPTION_ID)
#undef OPTION_ID
	    OPTION_OWN, /* one of the application's */
	OPTION_NONE
};

static const struct {
	char letter;
	const char *name;
	const char *arg;
	unsigned with;
	const char *help;
} option_rows[] = {
#define OPTION_ROW(id, letter, name, arg, with, help)                          \
	{ letter, name, arg, with, help },
	WM__OPTION_TABLE(OPTION_ROW)
#undef OPTION_ROW
};

/* One word of argv, taken apart. */
struct option_word {
	enum option_id id;
	char shown[72];    /* "--run-dir", for errors */
	bool wants;        /* an argument */
	const char *value; /* attached or following; null */
};

struct option_parser {
	struct wm__options *options;
	const struct wm_option *own;
	unsigned used; /* WM__WITH_ bits */
	char used_shown[72];
	char *error;
	size_t error_size;
};

static int
option_error(struct option_parser *p, const char *what, const char *about)
{
	snprintf(p->error, p->error_size, "%s %s", what, about);
	return WM_E_INVALID;
}

/* ---- recognising a word ---- */

static void
option_find_own(struct option_parser *p, struct option_word *w,
    const char *name, size_t len)
{
	const struct wm_option *own = p->own;

	for (; own != NULL && own->name != NULL; own++)
		if (strlen(own->name) == len &&
		    strncmp(own->name, name, len) == 0) {
			w->id = OPTION_OWN;
			w->wants = own->arg != NULL;
		}
}

/* --name or --name=value */
static void
option_find_long(struct option_parser *p, struct option_word *w,
    const char *name)
{
	size_t len = strcspn(name, "=");

	w->value = name[len] == '=' ? name + len + 1 : NULL;
	snprintf(w->shown, sizeof(w->shown), "--%.*s", len < 64 ? (int)len : 64,
	    name);
	for (int i = 0; i < OPTION_OWN; i++)
		if (option_rows[i].name != NULL &&
		    strlen(option_rows[i].name) == len &&
		    strncmp(option_rows[i].name, name, len) == 0) {
			w->id = (enum option_id)i;
			w->wants = option_rows[i].arg != NULL;
			return;
		}
	option_find_own(p, w, name, len);
}

static void
option_find_letter(struct option_word *w, char letter)
{
	snprintf(w->shown, sizeof(w->shown), "-%c", letter);
	for (int i = 0; i < OPTION_OWN; i++)
		if (option_rows[i].letter == letter) {
			w->id = (enum option_id)i;
			w->wants = option_rows[i].arg != NULL;
		}
}

/* ---- taking values ---- */

/* NAME=VALUE or NAME[N]=VALUE */
static int
option_override(struct option_parser *p, const struct option_word *w,
    struct wm__override *list, size_t *n)
{
	struct wm__override *o = &list[*n];
	size_t len = strcspn(w->value, "[=");
	const char *rest = w->value + len;
	char *end;

	if (*n == WM__OVERRIDES_MAX)
		return option_error(p, "too many of", w->shown);
	snprintf(o->name, sizeof(o->name), "%.*s", len < 64 ? (int)len : 0,
	    w->value);
	o->index = 0;
	if (*rest == '[') {
		o->index = (unsigned)strtoul(rest + 1, &end, 10);
		if (rest[1] < '0' || rest[1] > '9' || *end != ']' ||
		    o->index >= WM__LISTENERS_MAX)
			return option_error(p, "bad index in", w->value);
		rest = end + 1;
	}
	if (!wm__name_valid(o->name) || *rest != '=' || rest[1] == '\0')
		return option_error(p, "not NAME=VALUE:", w->value);
	o->value = rest + 1;
	(*n)++;
	return 0;
}

static int
option_seconds(struct option_parser *p, const char *value)
{
	char *end;

	errno = 0;
	p->options->seconds = strtol(value, &end, 10);
	if (*value < '0' || *value > '9' || *end != '\0' || errno != 0 ||
	    p->options->seconds > 1000000)
		return option_error(p, "not a number of seconds:", value);
	return 0;
}

/* "500ms", "30s", "2min"; a bare number is seconds. */
static int
option_duration(struct option_parser *p, const char *value, uint64_t *ms_r)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "", 1000 },
		{ "min", 60000 } };
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(value, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (*value >= '0' && *value <= '9' && errno == 0 && n > 0 &&
		    n <= 1000000 && strcmp(end, units[i].unit) == 0) {
			*ms_r = n * units[i].ms;
			return 0;
		}
	return option_error(p, "not a time like 500ms or 30s:", value);
}

static int
option_store(struct option_parser *p, const struct option_word *w)
{
	struct wm__options *o = p->options;

	switch (w->id) {
	case OPTION_DAEMON:
		o->daemon = true;
		break;
	case OPTION_WATCH:
		o->watch = true;
		break;
	case OPTION_GRACEFUL:
		o->graceful = true;
		break;
	case OPTION_SECONDS:
		return option_seconds(p, w->value);
	case OPTION_BACKOFF_MAX:
		return option_duration(p, w->value, &o->backoff_max_ms);
	case OPTION_JSON:
		o->json = true;
		break;
	case OPTION_QUIET:
		o->quiet = true;
		break;
	case OPTION_RUN_DIR:
		o->run_dir = w->value;
		break;
	case OPTION_LOG:
		o->log = w->value;
		break;
	case OPTION_LISTEN:
		return option_override(p, w, o->listen, &o->n_listen);
	case OPTION_COUNT:
		return option_override(p, w, o->count, &o->n_count);
	case OPTION_EVENT_LOOP:
		o->event_loop = w->value;
		break;
	case OPTION_SINGLE:
		o->single = w->value;
		break;
	case OPTION_HELP:
		o->help = true;
		break;
	case OPTION_VERSION:
		o->version = true;
		break;
	default:
		break;
	}
	return 0;
}

/* Judges a recognised word and takes its argument from *argv if need be. */
static int
option_take(struct option_parser *p, struct option_word *w, char *const **argv)
{
	const char *next = (*argv)[1];

	if (w->id == OPTION_NONE)
		return option_error(p, "unknown option", w->shown);
	if (!w->wants && w->value != NULL)
		return option_error(p, "no argument belongs to", w->shown);
	if (w->wants && w->value == NULL && next != NULL && next[0] != '-') {
		w->value = next;
		(*argv)++;
	}
	if (w->wants && (w->value == NULL || w->value[0] == '\0'))
		return option_error(p, "an argument is missing after",
		    w->shown);
	if (w->id < OPTION_OWN && option_rows[w->id].with != 0) {
		p->used |= option_rows[w->id].with;
		snprintf(p->used_shown, sizeof(p->used_shown), "%s", w->shown);
	}
	return option_store(p, w);
}

/* ---- the line ---- */

/* -dq, -t5, -t 5 */
static int
option_letters(struct option_parser *p, char *const **argv)
{
	const char *letters = **argv + 1;

	for (; *letters != '\0'; letters++) {
		struct option_word w = { .id = OPTION_NONE };
		int failed;

		option_find_letter(&w, *letters);
		if (w.wants && letters[1] != '\0')
			w.value = letters + 1;
		failed = option_take(p, &w, argv);
		if (failed < 0 || w.wants)
			return failed;
	}
	return 0;
}

static int
option_command(struct option_parser *p, const char *word)
{
	if (p->options->command != NULL)
		return option_error(p, "one command only, not also", word);
	p->options->command = wm__command_find(word);
	if (p->options->command == NULL)
		return option_error(p, "unknown command", word);
	return 0;
}

static int
option_parse_word(struct option_parser *p, char *const **argv)
{
	const char *word = **argv;
	struct option_word w = { .id = OPTION_NONE };

	if (word[0] != '-' || word[1] == '\0')
		return option_command(p, word);
	if (word[1] != '-')
		return option_letters(p, argv);
	option_find_long(p, &w, word + 2);
	return option_take(p, &w, argv);
}

int
wm__options_parse(struct wm__options *options, const struct wm_option *own,
    char *const *argv, char *error, size_t error_size)
{
	struct option_parser p = { .options = options,
		.own = own,
		.error = error,
		.error_size = error_size };
	unsigned allowed;

	memset(options, 0, sizeof(*options));
	options->seconds = -1;
	for (argv++; argv[0] != NULL; argv++) {
		int failed = option_parse_word(&p, &argv);

		if (failed < 0)
			return failed;
	}
	allowed = options->command != NULL ? options->command->with : 0;
	if (!options->help && !options->version && (p.used & ~allowed) != 0)
		return option_error(&p,
		    "does not fit the command:", p.used_shown);
	return 0;
}

static void
option_help(const char *left, const char *help)
{
	printf("  %-20s %s\n", left, help);
}

void
wm__options_help(const struct wm_option *own)
{
	char left[64];

	for (int i = 0; i < OPTION_OWN; i++) {
		char letter[] = { '-', option_rows[i].letter, '\0' };

		snprintf(left, sizeof(left), "%s%s%s%s%s%s",
		    letter[1] != '\0' ? letter : "",
		    letter[1] != '\0' && option_rows[i].name ? ", " : "",
		    option_rows[i].name ? "--" : "",
		    option_rows[i].name ? option_rows[i].name : "",
		    option_rows[i].arg ? " " : "",
		    option_rows[i].arg ? option_rows[i].arg : "");
		option_help(left, option_rows[i].help);
	}
	for (; own != NULL && own->name != NULL; own++) {
		snprintf(left, sizeof(left), "--%s%s%s", own->name,
		    own->arg ? " " : "", own->arg ? own->arg : "");
		option_help(left, own->help != NULL ? own->help : "");
	}
}
