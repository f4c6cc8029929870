/* SPDX-License-Identifier: MIT */
/* Notes to JSON and back; what is refused, and how it is said. */
#include "apps/api/json.h"
#include "tests/support/unit.h"

static struct note note;
static struct problem problem;

static json_t *
parse_len(const char *text, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	json_t *root;

	assert_non_null(copy);
	memcpy(copy, text, len);
	note = (struct note){ .id = 7 };
	root = note_from_json(copy, len, &note, &problem);
	free(copy);
	return root;
}

static json_t *
parse(const char *text)
{
	return parse_len(text, strlen(text));
}

static void
accepts(const char *text, const char *title, const char *content)
{
	json_t *root = parse(text);

	assert_non_null(root);
	assert_string_equal(note.title, title);
	assert_string_equal(note.text, content);
	assert_int_equal(note.id, 7);
	json_decref(root);
}

static void
malformed(const char *text, size_t len, int line, int column)
{
	int got_line, got_column;
	char where[64];

	assert_null(parse_len(text, len));
	assert_int_equal(problem.status, 400);
	assert_string_equal(problem.type, PROBLEM_MALFORMED);
	assert_int_equal(json_unpack(problem.more, "{s:i, s:i}", "line",
			     &got_line, "column", &got_column),
	    0);
	assert_int_equal(got_line, line);
	assert_int_equal(got_column, column);
	snprintf(where, sizeof(where), "line %d, column %d: ", line, column);
	assert_memory_equal(problem.detail, where, strlen(where));
	json_decref(problem.more);
}

/* The entries of "errors" as "#/title is blank, ". */
static void
invalid(const char *text, const char *want)
{
	char got[256] = "";
	json_t *error;
	size_t i;

	assert_null(parse(text));
	assert_int_equal(problem.status, 422);
	assert_string_equal(problem.type, PROBLEM_INVALID);
	json_array_foreach(json_object_get(problem.more, "errors"), i, error)
		snprintf(got + strlen(got), sizeof(got) - strlen(got),
		    "%s %s, ",
		    json_string_value(json_object_get(error, "pointer")),
		    json_string_value(json_object_get(error, "detail")));
	assert_string_equal(got, want);
	json_decref(problem.more);
}

static void
a_note_has_five_members(void **state)
{
	const struct note n = { .id = INT64_MAX,
		.title = "<b>\"\xc3\xa4",
		.text = "\n",
		.created = 0,
		.updated = 1709164800 };
	json_t *json = note_to_json(&n);
	char *text = json_dumps(json, JSON_COMPACT);

	(void)state;
	assert_string_equal(text,
	    "{\"id\":9223372036854775807,\"title\":\"<b>\\\"\xc3\xa4\","
	    "\"text\":\"\\n\",\"created\":\"1970-01-01T00:00:00Z\","
	    "\"updated\":\"2024-02-29T00:00:00Z\"}");
	free(text);
	json_decref(json);
}

static void
title_and_text_are_read(void **state)
{
	(void)state;
	accepts("{\"title\":\"a\",\"text\":\"\"}", "a", "");
	accepts(" {\"text\": \"\\u00e4\\ud83d\\ude00\", \"title\": \" x \"} ",
	    " x ", "\xc3\xa4\xf0\x9f\x98\x80");
}

static void
a_note_that_was_read_can_be_sent_back(void **state)
{
	(void)state;
	accepts("{\"id\":9,\"title\":\"a\",\"text\":\"b\",\"created\":\"x\","
		"\"updated\":null,\"more\":[{}]}",
	    "a", "b");
}

static void
a_title_is_counted_in_characters(void **state)
{
	char text[2 * TITLE_MAX + 64] = "{\"text\":\"\",\"title\":\"";
	size_t i;

	(void)state;
	for (i = 0; i < TITLE_MAX; i++)
		memcpy(text + strlen(text), "\xc3\xa4", 3);
	memcpy(text + strlen(text), "\"}", 3);
	json_decref(parse(text));
	assert_int_equal(strlen(text), 2 * TITLE_MAX + 22);
	memcpy(text + strlen(text) - 2, "x\"}", 4);
	invalid(text, "#/title is too long, ");
}

static void
what_is_no_json_is_refused_with_its_place(void **state)
{
	static const char deep[] = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";

	(void)state;
	malformed("", 0, 1, 0);
	malformed("{\"title\": \"a\",\n \"text\": }", 25, 2, 10);
	malformed("{\"title\":\"a\"} x", 15, 1, 15);
	malformed("{\"a\":1,\"a\":2}", 13, 1, 10);
	malformed("\"text\"", 6, 1, 6);
	malformed("{\"title\":\"a\0\"}", 14, 1, 11);
	malformed("{\"title\":\"\xff\"}", 13, 1, 10);
	malformed("{\"title\":\"\\ud800\"}", 18, 1, 17);
	malformed(deep, sizeof(deep) - 1, 1, (int)sizeof(deep) - 1);
}

static void
wrong_members_are_all_named(void **state)
{
	(void)state;
	invalid("{}", "#/title is missing, #/text is missing, ");
	invalid("{\"title\":1,\"text\":null}",
	    "#/title is not a string, #/text is not a string, ");
	invalid("{\"title\":\"\",\"text\":\"\"}", "#/title is blank, ");
	invalid("{\"title\":\" \\t\\r\\n\",\"text\":[]}",
	    "#/title is blank, #/text is not a string, ");
	invalid("{\"title\":\"\\u0000\",\"text\":\"a\\u0000b\"}",
	    "#/title has the character U+0000, "
	    "#/text has the character U+0000, ");
	invalid("[]", "# is not an object, ");
}

/* Garbage of every length is refused and leaves nothing behind. */
static void
every_beginning_of_a_note_is_refused(void **state)
{
	static const char whole[] = "{\"title\":\"\\u00e4\",\"text\":\"b\"}";
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(whole) - 1; len++) {
		assert_null(parse_len(whole, len));
		assert_int_equal(problem.status, 400);
		json_decref(problem.more);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_note_has_five_members),
		cmocka_unit_test(title_and_text_are_read),
		cmocka_unit_test(a_note_that_was_read_can_be_sent_back),
		cmocka_unit_test(a_title_is_counted_in_characters),
		cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
		cmocka_unit_test(wrong_members_are_all_named),
		cmocka_unit_test(every_beginning_of_a_note_is_refused),
	};

	return UNIT_RUN(tests);
}
