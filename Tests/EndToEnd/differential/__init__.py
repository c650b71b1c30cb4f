# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The tables of test_differential.py: configurations, and what is asked of them.

from . import answers, charset, files, matching, proxying

EXAMPLES = files.EXAMPLES + matching.EXAMPLES + answers.EXAMPLES + proxying.EXAMPLES
EXAMPLES += charset.EXAMPLES
