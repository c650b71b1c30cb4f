// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

#include <zstd.h>
#include <zstd_errors.h>
