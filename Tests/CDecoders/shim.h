// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>
