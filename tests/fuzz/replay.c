/* SPDX-License-Identifier: MIT */
/*
 * Stands in for libFuzzer where a fuzz target is built without it: hands each
 * file that is named on the command line to the target, once. Directories are
 * read one level deep; words that begin with '-' are libFuzzer's and ignored.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long files;

/* The copy has exactly the input's size, so that a sanitizer sees overruns. */
static void
replay_file(const char *path, size_t size)
{
	uint8_t *data;
	FILE *f;

	if ((data = malloc(size != 0 ? size : 1)) == NULL)
		err(1, "malloc");
	if ((f = fopen(path, "rb")) == NULL)
		err(1, "%s", path);
	if (fread(data, 1, size, f) != size)
		errx(1, "%s: short read", path);
	(void)fclose(f);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	files++;
}

static void
replay_path(const char *path, int depth)
{
	char child[4096];
	struct dirent *de;
	struct stat st;
	DIR *dir;
	int n;

	if (stat(path, &st) != 0)
		err(1, "%s", path);
	if (S_ISREG(st.st_mode))
		replay_file(path, (size_t)st.st_size);
	if (!S_ISDIR(st.st_mode) || depth > 0)
		return;
	if ((dir = opendir(path)) == NULL)
		err(1, "%s", path);
	while ((de = readdir(dir)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		n = snprintf(child, sizeof(child), "%s/%s", path, de->d_name);
		if (n < 0 || (size_t)n >= sizeof(child))
			errx(1, "%s: name too long", path);
		replay_path(child, depth + 1);
	}
	(void)closedir(dir);
}

int
main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (argv[i][0] != '-')
			replay_path(argv[i], 0);
	if (files == 0)
		errx(1, "no input: an empty corpus proves nothing");
	printf("%lu inputs replayed\n", files);
	return 0;
}
