# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The tables of test_differential.py: configurations, and what is asked of them.

from . import (
    access, answers, assembly, bodies, charset, clients, conditions, encodings, files, generated,
    headers, limits, matching, paths, proxying, rewriting, secure_peers, subrequests,
    substitution, variables)

EXAMPLES = [
    example for module in (
        files, conditions, matching, answers, charset, encodings, headers, paths, proxying,
        access, bodies, rewriting, generated, subrequests, substitution, variables, clients,
        limits, assembly, secure_peers)
    for example in module.EXAMPLES]
