// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How rare each pair of neighbours is in names that people write.

extension BuildHash {
    /// For each symbol, how rarely each other one follows it: the low bits of 64 costs, then the
    /// high ones.
    ///
    /// The symbols are the edge of a word, a…z, A…Z, 0…9 and anything else. A cost of 0 stands
    /// for a pair that follows in at least 1 of 32 cases, 1 of 128, 2 of 512, and 3 of fewer.
    /// Counted over the different identifiers of 3 to 14 letters in C, Python, JavaScript and Swift
    /// sources of a Debian system, but those of eight letters, which tests can thus use.
    static let pairs: InlineArray<128, UInt64> = [
        0xffeb_d7cf_d9d4_f1f4, 0xfffc_0830_0602_0c00,
        0xe03f_ffff_fb62_8e00, 0xffff_ffff_fc82_8562,
        0x801f_8ab6_c211_605c, 0xffff_ffff_fdc2_0980,
        0xde3f_9bf7_d7ab_2418, 0xffff_ffff_fdc2_44c4,
        0xd01e_6832_0437_18cc, 0xffff_9fff_ffc2_6d00,
        0xff3f_c836_06c1_25e0, 0xffff_bfff_fc22_8f04,
        0x90dd_8a36_1603_6c9c, 0xef3f_ffff_fdc2_0d00,
        0xff3e_c834_01b2_ac82, 0xffff_bfff_ffc3_0c5c,
        0xfb3f_a832_072a_7410, 0xffff_dfff_fdc3_0dcc,
        0xffff_ffff_ffc7_0547, 0xffff_ffff_faa2_0f00,
        0xfe1f_fbbf_5501_785c, 0xffff_ffff_ffd6_0580,
        0xfe3c_6c39_e7b7_f0dc, 0xffff_9bf6_1d42_0d00,
        0xff3f_8836_0583_0500, 0xffff_ffff_fdc6_6dcc,
        0xfe3f_8837_07b2_5510, 0xffff_ffff_fdc6_0dc8,
        0xff3f_8a36_0563_5c40, 0xffff_ffff_ff86_2504,
        0xffff_dfff_dd42_0ac6, 0xffff_ffff_fe02_0520,
        0xfe3f_8a36_0702_0558, 0xffff_ffff_fdc2_6c84,
        0xfc3e_06f5_5213_4e5c, 0xffff_ffff_ffc0_ada2,
        0xff3f_9837_0763_7dd8, 0xffff_ffff_fd82_0504,
        0xff3f_8836_0701_9d0a, 0xffff_ffff_fdc6_64d4,
        0xfe3c_6c38_2233_1c08, 0xffff_9bf7_ddc2_6cd4,
        0xfe1f_ffff_fea2_05db, 0xff5f_ffff_ffe2_8d00,
        0xf43f_dfff_bc1f_bc5c, 0xffff_ffff_ffe2_4d80,
        0xfe3c_2c70_0613_3d5c, 0xffff_dbbf_ffe2_0480,
        0xe0de_a836_030a_2cd4, 0x9f1f_dfff_fce6_dd80,
        0xfe3c_6c59_a906_8e3a, 0xffff_9bb6_57e2_0dc4,
        0xff1f_bff7_ee5d_35d8, 0xffff_ffff_f9e2_4c04,
        0xfe15_0c9a_de23_8da4, 0xfffa_8a35_07c2_af62,
        0xdc08_b2c9_fdc3_6d14, 0xfff7_4d36_05db_6ddc,
        0xe034_fcfd_ede6_6cbc, 0xffff_0912_17db_4edc,
        0xdb30_f7d1_7d77_2dd8, 0xffff_0836_07db_7ddc,
        0xfc15_02d3_8ee2_bd34, 0xfffa_883c_16b9_8fee,
        0xd014_fff0_ffd2_2de4, 0xffff_0836_07db_6ddc,
        0xf72c_fff4_3be3_8ec4, 0xffff_0833_47db_6ddc,
        0xfb75_bdd4_67f3_4d44, 0xffff_0933_15cf_7ddc,
        0xff7b_9cf7_bff3_1f26, 0xffee_883c_07c6_9fee,
        0x8216_c6a4_5a46_038c, 0xfffd_1957_25d7_7dd4,
        0xfe74_1edc_7c75_fdc6, 0xffbf_cb33_079b_0cdc,
        0xfd30_fc11_65d7_7ddc, 0xffff_09b6_17ff_7ddc,
        0xfe3a_ead5_77ff_5dcc, 0xffff_1936_05d7_7ddc,
        0xff35_8d19_2fc7_7cdc, 0xfffe_18f4_17df_7fdc,
        0xfffb_8a1b_5f42_8fa0, 0xfffc_0834_879a_bfba,
        0xfc3c_eedc_67b3_7fe8, 0xffd7_0933_15cb_6cdc,
        0xe530_2d98_bf12_2c9a, 0xffff_4237_47cf_fffc,
        0xff3c_f5d3_67d7_7fdc, 0xfff7_0834_17df_7ddc,
        0xfe34_b6dc_6f41_15d6, 0xffff_0933_15ce_6cd4,
        0xfe2d_6e57_6d73_75d4, 0xfff7_89b2_15db_7cdc,
        0xff98_8c15_ffe2_adee, 0xffdf_0a36_07f2_bffe,
        0xf0b8_7af9_77d7_7dc0, 0xff7f_8936_07fe_7ddc,
        0xf639_5f18_c7d3_7cdc, 0xffff_88f7_37fb_7cdc,
        0x94c8_9357_dc80_ec8a, 0xfb33_0830_07ef_57f4,
        0xdf9a_1359_a7e7_bf50, 0xfee5_8836_57df_7ddc,
        0xec94_3ee8_6a0a_5d08, 0xff6b_c937_17f7_6cd4,
        0xfc1f_fffe_06ff_ffee, 0x801f_ffff_ffff_ff90,
        0xf61f_bbfe_46a6_dfee, 0x801f_ffff_bfff_ff80,
        0xba1f_8b96_461a_047c, 0x801f_ffff_bfe7_ff80,
        0xfd1f_191e_5683_245e, 0x801f_ffff_afff_ffa0,
        0xf95f_0abe_8742_847e, 0x801f_ffff_7eff_ff80,
        0xe017_c928_4032_ec7e, 0x801f_ffff_bfff_ff80,
        0xe05f_8a96_0683_1f7e, 0x801f_ffff_ffff_fd80,
        0x800f_f7d2_26e1_bc3e, 0x801f_ffff_ffff_ff80,
        0x905d_9aba_04c2_78fe, 0x801f_ffff_ffff_ff00,
        0x801b_fb76_04b6_e77e, 0x801f_ffff_ffff_ff80,
        0xffff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff,
    ]
}
