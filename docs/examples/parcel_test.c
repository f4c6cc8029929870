/* SPDX-License-Identifier: MIT */
#include <workerman/protocol-test.h>

#include "parcel.h"

#define HI    "\1\0\0\0\2hi\xd4\x47"
#define EMPTY "\1\0\0\0\0\1\5"

static const struct wm_test_sample samples[] = {
	{ .name = "two parcels",
	    WM_TEST_INPUT(HI EMPTY),
	    .messages =
		WM_TEST_MESSAGES({ WM_TEST_DATA("hi") }, { WM_TEST_DATA("") }),
	    WM_TEST_OUTPUT(HI EMPTY) },
	{ .name = "one more",
	    WM_TEST_INPUT(HI),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("hi") }),
	    WM_TEST_OUTPUT(HI) },
	{ .name = "wrong checksum",
	    WM_TEST_INPUT("\1\0\0\0\2hi\xd4\x48"),
	    .closes = true,
	    .reason = WM_CLOSE_DATA },
	{ .name = "wrong version",
	    WM_TEST_INPUT(HI "\2"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA("hi") }),
	    .closes = true,
	    .reason = WM_CLOSE_PROTOCOL },
	{ .name = "4 GiB announced",
	    WM_TEST_INPUT("\1\xff\xff\xff\xff"),
	    .closes = true,
	    .reason = WM_CLOSE_TOO_BIG },
	{ 0 },
};

int
main(void)
{
	static const struct wm_protocol_test test = {
		.protocol = &parcel_protocol,
		.samples = samples,
		.echo = true, /* what comes in as a message goes out as one */
	};

	return wm_protocol_test(&test, stderr);
}
