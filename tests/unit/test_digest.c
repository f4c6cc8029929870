/* SPDX-License-Identifier: MIT */
#include <workerman/digest.h>
#include <workerman/error.h>

#include "tests/support/unit.h"

static const char *
hex(const unsigned char *data, size_t len)
{
	static char text[2 * WM_SHA256_LEN + 1];

	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", data[i]);
	return text;
}

/* FIPS 180-2, appendices A and B. */
static void
knows_the_digests_of_the_standard(void **state)
{
	static const char two_blocks[] =
	    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	unsigned char out[WM_SHA256_LEN];

	(void)state;
	assert_int_equal(wm_sha1("abc", 3, out), 0);
	assert_string_equal(hex(out, WM_SHA1_LEN),
	    "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_int_equal(wm_sha1("", 0, out), 0);
	assert_string_equal(hex(out, WM_SHA1_LEN),
	    "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	assert_int_equal(wm_sha1(two_blocks, 56, out), 0);
	assert_string_equal(hex(out, WM_SHA1_LEN),
	    "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	assert_int_equal(wm_sha256("abc", 3, out), 0);
	assert_string_equal(hex(out, WM_SHA256_LEN),
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(wm_sha256(two_blocks, 56, out), 0);
	assert_string_equal(hex(out, WM_SHA256_LEN),
	    "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1");
}

/* RFC 4648, section 10. */
static const struct {
	const char *plain;
	const char *text;
} vectors[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xfe", "+//+" },
};

static void
encodes_and_decodes_base64(void **state)
{
	char text[32];
	unsigned char plain[32];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		size_t len = strlen(vectors[i].plain);

		assert_int_equal(wm_base64_encode(vectors[i].plain, len, text),
		    WM_BASE64_LEN(len));
		assert_string_equal(text, vectors[i].text);
		assert_int_equal(wm_base64_decode(text, strlen(text), plain),
		    len);
		assert_memory_equal(plain, vectors[i].plain, len);
	}
}

static void
gives_back_every_byte_it_encoded(void **state)
{
	unsigned char plain[256], back[260];
	char text[WM_BASE64_LEN(256) + 1];

	(void)state;
	for (size_t i = 0; i < 256; i++)
		plain[i] = (unsigned char)(i * 7);
	for (size_t len = 0; len <= 256; len++) {
		size_t n = wm_base64_encode(plain, len, text);

		assert_int_equal(n, WM_BASE64_LEN(len));
		assert_int_equal(text[n], '\0');
		assert_int_equal(wm_base64_decode(text, n, back), len);
		assert_memory_equal(back, plain, len);
	}
}

static void
refuses_base64_that_is_not_canonical(void **state)
{
	static const char *const bad[] = { "Zg=", "Zg", "Z",
		"Zg===", "====", "A===", "Zh==", "Zm9=", "Zg==Zg==", "Zm=v",
		"=m9v", "Zm9v\n", "Zm 9", "Zm-9", "Zm_9", " Zm9", "Zm9v====" };
	unsigned char out[32];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (wm_base64_decode(bad[i], strlen(bad[i]), out) !=
		    WM_E_INVALID)
			fail_msg("\"%s\" was accepted", bad[i]);
}

static void
gives_random_bytes(void **state)
{
	unsigned char a[16] = { 0 }, b[16] = { 0 };

	(void)state;
	assert_int_equal(wm_random(a, sizeof(a)), 0);
	assert_int_equal(wm_random(b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_digests_of_the_standard),
		cmocka_unit_test(encodes_and_decodes_base64),
		cmocka_unit_test(gives_back_every_byte_it_encoded),
		cmocka_unit_test(refuses_base64_that_is_not_canonical),
		cmocka_unit_test(gives_random_bytes),
	};

	return UNIT_RUN(tests);
}
