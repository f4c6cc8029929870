/* SPDX-License-Identifier: MIT */
/* The storage, on a database in memory and on files. */
#include <unistd.h>

#include <sqlite3.h>

#include <workerman/error.h>

#include "apps/api/notes.h"
#include "tests/support/unit.h"

static struct notes *notes;
static char error[512];

/* What the calls gave back, as text: "1:title=text@created/updated ". */
static char said[1024];

static int
say(const struct note *note, void *arg)
{
	const size_t len = strlen(said);

	(void)arg;
	snprintf(said + len, sizeof(said) - len, "%d:%s=%s@%d/%d ",
	    (int)note->id, note->title, note->text, (int)note->created,
	    (int)note->updated);
	return 0;
}

static void
expect(const char *what)
{
	assert_string_equal(said, what);
	said[0] = '\0';
}

static int
create(const char *title, const char *text, int64_t now)
{
	const struct note draft = { .title = title,
		.text = text,
		.created = now,
		.updated = now };

	return notes_create(notes, &draft, say, NULL);
}

static int
replace(int64_t id, const char *title, int64_t now)
{
	const struct note draft = { .id = id,
		.title = title,
		.text = "new",
		.created = 1,
		.updated = now };

	return notes_replace(notes, &draft, say, NULL);
}

static struct notes *
open_or_fail(const char *path)
{
	struct notes *n;

	assert_int_equal(notes_open(path, &n, error, sizeof(error)), 0);
	return n;
}

static int
begin(void **state)
{
	(void)state;
	said[0] = '\0';
	notes = open_or_fail(":memory:");
	return notes_migrate(notes, error, sizeof(error)) ||
	    notes_prepare(notes, error, sizeof(error));
}

static int
end(void **state)
{
	(void)state;
	notes_close(&notes);
	return notes == NULL ? 0 : -1;
}

/* ---- one connection ---- */

static void
what_was_created_is_read(void **state)
{
	(void)state;
	assert_int_equal(create("one", "text", 10), 0);
	expect("1:one=text@10/10 ");
	assert_int_equal(notes_read(notes, 1, say, NULL), 0);
	expect("1:one=text@10/10 ");
}

static void
a_replaced_note_keeps_its_id_and_birthday(void **state)
{
	(void)state;
	create("one", "text", 10);
	expect("1:one=text@10/10 ");
	assert_int_equal(replace(1, "two", 20), 0);
	expect("1:two=new@10/20 ");
	assert_int_equal(notes_read(notes, 1, say, NULL), 0);
	expect("1:two=new@10/20 ");
}

static void
what_is_not_there_is_not_found(void **state)
{
	(void)state;
	assert_int_equal(notes_read(notes, 1, say, NULL), WM_E_NOT_FOUND);
	assert_int_equal(replace(1, "x", 1), WM_E_NOT_FOUND);
	assert_int_equal(notes_delete(notes, 1), WM_E_NOT_FOUND);
	assert_int_equal(notes_delete(notes, INT64_MAX), WM_E_NOT_FOUND);
	expect("");
}

static void
the_id_of_a_deleted_note_stays_gone(void **state)
{
	(void)state;
	create("one", "", 1);
	create("two", "", 2);
	assert_int_equal(notes_delete(notes, 2), 0);
	assert_int_equal(notes_read(notes, 2, say, NULL), WM_E_NOT_FOUND);
	create("three", "", 3);
	expect("1:one=@1/1 2:two=@2/2 3:three=@3/3 ");
}

static void
a_list_goes_on_behind_an_id(void **state)
{
	(void)state;
	assert_int_equal(notes_list(notes, 0, 10, say, NULL), 0);
	expect("");
	create("a", "", 1);
	create("b", "", 2);
	create("c", "", 3);
	create("d", "", 4);
	notes_delete(notes, 2);
	said[0] = '\0';
	assert_int_equal(notes_list(notes, 0, 2, say, NULL), 0);
	expect("1:a=@1/1 3:c=@3/3 ");
	assert_int_equal(notes_list(notes, 3, 2, say, NULL), 0);
	expect("4:d=@4/4 ");
	assert_int_equal(notes_list(notes, INT64_MAX, 2, say, NULL), 0);
	expect("");
}

static int
enough(const struct note *note, void *arg)
{
	say(note, NULL);
	return *(int *)arg;
}

static void
the_callback_can_end_a_list(void **state)
{
	int result = 1;

	(void)state;
	create("a", "", 1);
	create("b", "", 2);
	said[0] = '\0';
	assert_int_equal(notes_list(notes, 0, 9, enough, &result), 0);
	expect("1:a=@1/1 ");
	result = WM_E_NOMEM;
	assert_int_equal(notes_list(notes, 0, 9, enough, &result), WM_E_NOMEM);
	expect("1:a=@1/1 ");
	assert_int_equal(notes_read(notes, 1, enough, &result), WM_E_NOMEM);
	/* The statement is good for another run. */
	said[0] = '\0';
	assert_int_equal(notes_list(notes, 1, 9, say, NULL), 0);
	expect("2:b=@2/2 ");
}

static void
sql_in_a_note_is_only_text(void **state)
{
	static const char evil[] =
	    "'); DROP TABLE notes; --\"?1 \xf0\x9f\x98\x80";
	const struct note draft = { .title = evil, .text = evil };

	(void)state;
	assert_int_equal(notes_create(notes, &draft, NULL, NULL), 0);
	assert_int_equal(replace(1, evil, 5), 0);
	said[0] = '\0';
	assert_int_equal(notes_read(notes, 1, say, NULL), 0);
	assert_memory_equal(said, "1:'); DROP TABLE notes; --\"?1 \xf0\x9f",
	    31);
}

/* ---- files ---- */

static char path[64];

static int
begin_file(void **state)
{
	(void)state;
	said[0] = '\0';
	snprintf(path, sizeof(path), "/tmp/test-notes-XXXXXX");
	close(mkstemp(path));
	return 0;
}

static int
end_file(void **state)
{
	char other[80];

	(void)state;
	notes_close(&notes);
	unlink(path);
	snprintf(other, sizeof(other), "%s-wal", path);
	unlink(other);
	snprintf(other, sizeof(other), "%s-shm", path);
	unlink(other);
	return 0;
}

static struct notes *
open_ready(void)
{
	struct notes *n = open_or_fail(path);

	assert_int_equal(notes_prepare(n, error, sizeof(error)), 0);
	return n;
}

static void
migrate(void)
{
	struct notes *n = open_or_fail(path);

	assert_int_equal(notes_migrate(n, error, sizeof(error)), 0);
	notes_close(&n);
}

static void
sql(const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
migrating_again_changes_nothing(void **state)
{
	(void)state;
	migrate();
	notes = open_ready();
	create("kept", "", 1);
	notes_close(&notes);
	migrate();
	notes = open_ready();
	said[0] = '\0';
	notes_list(notes, 0, 9, say, NULL);
	expect("1:kept=@1/1 ");
}

static void
two_connections_see_each_other_s_notes(void **state)
{
	struct notes *other;

	(void)state;
	migrate();
	notes = open_ready();
	other = open_ready();
	create("shared", "", 1);
	said[0] = '\0';
	assert_int_equal(notes_read(other, 1, say, NULL), 0);
	expect("1:shared=@1/1 ");
	notes_close(&other);
}

/* A reader goes on, a second writer gives up in bounded time. */
static void
a_long_writer_blocks_writers_only(void **state)
{
	sqlite3 *db;

	(void)state;
	migrate();
	notes = open_ready();
	create("before", "", 1);
	said[0] = '\0';
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE; DELETE FROM notes",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(create("x", "", 2), WM_E_BUSY);
	assert_int_equal(notes_read(notes, 1, say, NULL), 0);
	expect("1:before=@1/1 ");
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(db);
	assert_int_equal(create("x", "", 2), 0);
}

static void
a_file_that_was_not_migrated_is_refused(void **state)
{
	(void)state;
	notes = open_or_fail(path);
	assert_int_equal(notes_prepare(notes, error, sizeof(error)),
	    WM_E_VERSION);
	assert_non_null(strstr(error, path));
}

static void
a_newer_file_is_left_alone(void **state)
{
	(void)state;
	sql("PRAGMA user_version = 1000");
	notes = open_or_fail(path);
	assert_int_equal(notes_migrate(notes, error, sizeof(error)),
	    WM_E_VERSION);
	assert_non_null(strstr(error, "another version"));
	assert_int_equal(notes_prepare(notes, error, sizeof(error)),
	    WM_E_VERSION);
}

static void
a_stranger_s_table_is_left_alone(void **state)
{
	(void)state;
	sql("CREATE TABLE notes (mine); INSERT INTO notes VALUES (7)");
	notes = open_or_fail(path);
	assert_int_equal(notes_migrate(notes, error, sizeof(error)),
	    WM_E_SYSTEM);
	assert_non_null(strstr(error, "already exists"));
	notes_close(&notes);
	sql("INSERT INTO notes (mine) VALUES (8)");
}

static void
what_is_no_database_is_refused(void **state)
{
	FILE *f = fopen(path, "w");

	(void)state;
	fputs("This is a text of some length, and no database.", f);
	fclose(f);
	notes = open_or_fail(path);
	assert_int_equal(notes_migrate(notes, error, sizeof(error)),
	    WM_E_SYSTEM);
	assert_non_null(strstr(error, "not a database"));
}

static void
a_path_that_cannot_be_opened_is_named(void **state)
{
	(void)state;
	assert_int_equal(notes_open("/nonexistent/notes.db", &notes, error,
			     sizeof(error)),
	    WM_E_SYSTEM);
	assert_null(notes);
	assert_non_null(strstr(error, "/nonexistent/notes.db"));
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define F(test) cmocka_unit_test_setup_teardown(test, begin_file, end_file)
	const struct CMUnitTest tests[] = {
		T(what_was_created_is_read),
		T(a_replaced_note_keeps_its_id_and_birthday),
		T(what_is_not_there_is_not_found),
		T(the_id_of_a_deleted_note_stays_gone),
		T(a_list_goes_on_behind_an_id),
		T(the_callback_can_end_a_list),
		T(sql_in_a_note_is_only_text),
		F(migrating_again_changes_nothing),
		F(two_connections_see_each_other_s_notes),
		F(a_long_writer_blocks_writers_only),
		F(a_file_that_was_not_migrated_is_refused),
		F(a_newer_file_is_left_alone),
		F(a_stranger_s_table_is_left_alone),
		F(what_is_no_database_is_refused),
		F(a_path_that_cannot_be_opened_is_named),
	};
#undef T
#undef F

	return UNIT_RUN(tests);
}
