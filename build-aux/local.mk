# SPDX-License-Identifier: MIT
# The rules of HACKING.md that a program can check, as tests.

style_tests = \
	%D%/check-banned \
	%D%/check-exports \
	%D%/check-format \
	%D%/check-headers \
	%D%/check-layers \
	%D%/check-style

EXTRA_DIST += $(style_tests) \
	%D%/embed \
	%D%/exports.txt \
	%D%/run-test \
	%D%/test-summary
