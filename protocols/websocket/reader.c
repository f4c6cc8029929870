/* SPDX-License-Identifier: MIT */
/*
 * Responsible for everything that touches wslay: reading one frame that is
 * complete. Its frame level has no state between frames, so a context lives
 * only inside the call; it is given exactly one frame and cannot read ahead.
 * Not for messages: wslay's event level would check UTF-8 byte by byte,
 * answer some bad close frames without a code, and hold 8.8 KB meanwhile.
 */
#include <string.h>
#include <sys/types.h>

#include <wslay/wslay.h>

#include <workerman/error.h>

#include "reader.h"

struct source {
	const char *data;
	size_t left;
};

static ssize_t
source_read(uint8_t *buf, size_t len, int flags, void *user_data)
{
	struct source *s = user_data;

	(void)flags;
	if (len > s->left)
		len = s->left;
	if (len == 0)
		return -1;
	memcpy(buf, s->data, len);
	s->data += len;
	s->left -= len;
	return (ssize_t)len;
}

static bool
same_frame(const struct wslay_frame_iocb *io, const struct wm__ws_frame *f)
{
	return io->opcode == f->opcode && io->fin == f->fin && io->rsv == 0 &&
	    io->mask == 1 && io->payload_length == f->length;
}

/* The payload comes in chunks of what fits into wslay's buffer. */
static int
read_payload(wslay_frame_context_ptr ctx, const struct wm__ws_frame *f,
    char *out)
{
	struct wslay_frame_iocb io;
	uint64_t got = 0;
	ssize_t n;

	do {
		memset(&io, 0, sizeof(io));
		n = wslay_frame_recv(ctx, &io);
		if (n < 0 || !same_frame(&io, f) ||
		    io.data_length > f->length - got)
			return WM_E_PROTOCOL;
		if (n > 0)
			memcpy(out + got, io.data, io.data_length);
		got += io.data_length;
	} while (got < f->length);
	return 0;
}

int
wm__ws_read(const char *data, const struct wm__ws_frame *f, char *out)
{
	static const struct wslay_frame_callbacks callbacks = {
		.recv_callback = source_read
	};
	struct source source = { data, f->size + (size_t)f->length };
	wslay_frame_context_ptr ctx;
	int r;

	if (wslay_frame_context_init(&ctx, &callbacks, &source) != 0)
		return WM_E_NOMEM;
	r = read_payload(ctx, f, out);
	wslay_frame_context_free(ctx);
	return r;
}
