/* SPDX-License-Identifier: MIT */
/* Names of functions by libelf, which checks the file as it reads. */
#include "config.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stdlib.h>

#include "framework/base/fd.h"
#include "framework/base/program.h"
#include "framework/master/image.h"
#include "framework/master/symbols.h"

struct wm__symbols {
	int fd;
	Elf *elf;
	Elf_Data *data;
	size_t n;
	size_t strings; /* index of the section of names */
};

/* The section of that type; false when the file has none. */
static bool
symbols_take_section(struct wm__symbols *s, GElf_Word type)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(s->elf, section)) != NULL) {
		if (gelf_getshdr(section, &header) == NULL ||
		    header.sh_type != type || header.sh_entsize == 0)
			continue;
		s->data = elf_getdata(section, NULL);
		s->n = header.sh_size / header.sh_entsize;
		s->strings = header.sh_link;
		return s->data != NULL;
	}
	return false;
}

struct wm__symbols *
wm__symbols_open(const struct wm__image *image)
{
	struct wm__symbols *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->fd = wm__program_read(image->fd, image->path);
	if (s->fd >= 0 && elf_version(EV_CURRENT) != EV_NONE)
		s->elf = elf_begin(s->fd, ELF_C_READ, NULL);
	if (s->elf == NULL || elf_kind(s->elf) != ELF_K_ELF ||
	    (!symbols_take_section(s, SHT_SYMTAB) &&
		!symbols_take_section(s, SHT_DYNSYM)))
		wm__symbols_close(&s);
	return s;
}

void
wm__symbols_close(struct wm__symbols **symbols)
{
	struct wm__symbols *s = *symbols;

	if (s == NULL)
		return;
	elf_end(s->elf);
	wm__fd_close(&s->fd);
	free(s);
	*symbols = NULL;
}

const char *
wm__symbols_find(struct wm__symbols *s, uint64_t address)
{
	GElf_Sym symbol;

	for (size_t i = 0; s != NULL && i < s->n; i++) {
		if (gelf_getsym(s->data, (int)i, &symbol) == NULL)
			break;
		if (GELF_ST_TYPE(symbol.st_info) == STT_FUNC &&
		    symbol.st_shndx != SHN_UNDEF &&
		    address >= symbol.st_value &&
		    address - symbol.st_value < symbol.st_size)
			return elf_strptr(s->elf, s->strings, symbol.st_name);
	}
	return NULL;
}
