// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What glibc's malloc is told, once per process.

internal import CShims

package enum Allocator {
    /// One arena, and fixed thresholds: call before the first thread starts.
    ///
    /// Why: an arena for each thread keeps memory that another one could use, and our data path
    ///      allocates from its own pools.
    package static func configure() { cshims_configure_allocator() }

    /// Gives free memory back to the kernel.
    package static func trim() { cshims_trim_allocator() }
}
