// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

#include <crypt.h>

// How much memory a hash needs.
static const int ccrypt_data_size = sizeof(struct crypt_data);
