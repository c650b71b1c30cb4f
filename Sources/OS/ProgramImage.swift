// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The pages of the program itself.

internal import CShims

package enum ProgramImage {
    /// Lets go of the code that has run so far; what is used again comes back from the page cache.
    ///
    /// Why: reading a configuration runs half of the program, once. Two processes would hold on to
    ///      it for as long as they serve.
    package static func release() { cshims_release_image() }
}
