# SPDX-License-Identifier: MIT

EXTRA_DIST += \
	%D%/ARCHITECTURE.md
