// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Names of files as they are: what bundlers wrote for published frontends, and what people wrote.

/// Names that one bundler wrote, picked at random from one published build.
struct BuildNames {
    let bundler: String
    let names: String

    /// How many of them were recognised when this was measured.
    let recognisedCount: Int

    var list: [String] { names.split(separator: " ").map(String.init) }

    static let all = [
        BuildNames(
            bundler: "Vite",
            names: """
                assets/Example-BSPwNEyy.js assets/Example-CyiyBxzM.js assets/Example-D466-5ja.js \
                assets/Example-DG5wkFQp.css assets/Example-DWDv4qx4.css assets/Example-Dq2TpV-L.js \
                assets/Example-yrN-2zI1.js assets/Index-3FqI08xq.css assets/Index-BNME6_a6.js \
                assets/Index-BtpqUM30.js assets/Index-C1GyojFs.css assets/Index-O9LU53nH.css \
                assets/Index-m3NZ2fA9.js assets/KHR_materials_clearcoat-Dclk0lt-.js \
                assets/KHR_materials_transmission-BvJZY64z.js \
                assets/KaTeX_Math-BoldItalic-iY-2wyZ7.woff \
                assets/KaTeX_Typewriter-Regular-D3Ib7_Hf.ttf assets/MinimalAudioPlayer-CkeH-JuH.js \
                assets/StaticAudio-Dr1JIwK9.css assets/babylonFileParser.function-DfRu9gsf.js \
                assets/bone-CCcLLXsG.js assets/browser-DEyAkl5d.js \
                assets/chunk-2Q5K7J3B-C1jixKkw.js assets/classDiagram-v2-JRS7N3AN-DO7E9RMM.js \
                assets/colors-Cg5Vh3br.js assets/cytoscape.esm-CyCl8rPi.js \
                assets/ddsTextureLoader-BN8nrlDD.js assets/defaultLocale-DMW9ha0y.js \
                assets/depth.fragment-DYqhAQDI.js assets/diagram-Z3DM3KII-CeYuSGlD.js \
                assets/dist-BvO6rZQM.js assets/flowGraphAsyncExecutionBlock-JFWlGxXz.js \
                assets/flowGraphCachedOperationBlock-DSRxCMnL.js \
                assets/flowGraphContextBlock-raYD17f7.js assets/flowGraphIndexOfBlock-C3XdM-jf.js \
                assets/flowGraphSetVariableBlock-aFu0p47E.js \
                assets/flowGraphUnaryOperationBlock-DabORE4X.js \
                assets/flowGraphVectorMathBlocks-C_dWlARw.js assets/glTFLoader-14BlYlbM.js \
                assets/glTFLoaderExtensionRegistry-CCZy_zZM.js \
                assets/hdrIrradianceFiltering.vertex-CewJHLvZ.js \
                assets/helperFunctions-DquCMwzt.js assets/iblCdfy.fragment-HwUiLPS_.js \
                assets/iblIcdf.fragment-CdIViFnG.js assets/iblShadowDebug.fragment-DhoXBpT_.js \
                assets/ko-DUUh4EcC.js assets/lazy-C7yeuR_e.js assets/logDepthVertex-Dj05gqZS.js \
                assets/logger-CuBYPcDK.js assets/lt-B_PULRJe.js \
                assets/material.detailMapConfiguration-D_GyUqqX.js assets/mesh-DplWMzLh.js \
                assets/pbrDebug-Bc7QUwIL.js assets/pbrMaterial-BaVaB1qy.js \
                assets/pbrMaterialLoadingAdapter-mVJyEBe7.js \
                assets/pieDiagram-E7YTZNPT-CGyad8X1.js assets/pointCloudVertex-HymBAJeS.js \
                assets/prism-python-CfiSVtM6.js assets/prism-typescript-BMqONzxf.js \
                assets/prism-yaml-C0JHu8gr.js assets/sha256-wrapper-GDBS2T5O-eMPL7xiM.js \
                assets/shadowGeneratorSceneComponent-hVoHD5tB.js \
                assets/shadowsFragmentFunctions-C_KNiUjW.js assets/splatFileLoader-FK5APZ80.js \
                assets/src-ChqRYaZz.js assets/th-DcylpqFZ.js assets/treeView-Q6P3EWNA-CYgZFpnf.js \
                assets/webAudioBaseSubGraph-CV8ihyCe.js assets/webAudioStreamingSound-rvEhgEyg.js \
                assets/yaml-DjjjKWKb.js
                """,
            recognisedCount: 69),
        BuildNames(
            bundler: "Vite",
            names: """
                assets/KaTeX_AMS-Regular-DMm9YOAa.woff assets/KaTeX_Caligraphic-Bold-BEiXGLvX.woff \
                assets/KaTeX_Main-Bold-Jm3AIy58.woff assets/KaTeX_Main-Italic-3WenGoN9.ttf \
                assets/KaTeX_Math-Italic-flOr_0UB.ttf assets/KaTeX_Script-Regular-C5JkGWo-.ttf \
                assets/KaTeX_Size1-Regular-mCD8mA8B.woff2 \
                assets/KaTeX_Typewriter-Regular-D3Ib7_Hf.ttf assets/apl-CYIAEF37.js \
                assets/card-DOABds5l.js assets/cells-0PFKL3SH.css \
                assets/chunk-P2QGCYS3-G6pmnA0z.js assets/chunk-XHIXRSVI-BFQ6B8BE.js \
                assets/clojure-1zb6N0Kd.js assets/clojure-sW2N62b5.js assets/cmake-DA9yMhzJ.js \
                assets/coffeescript-CcHmp8ZW.js assets/command-palette-DTSQ7gOC.js \
                assets/config-BOKzA3tF.js assets/css-aD3t-znF.js assets/cubic-DELhj3Tx.js \
                assets/cynefin-OW5HDTMX-7tP7QfM3.js assets/datasource-Cq6x_5ML.js \
                assets/debounce-aFmHgJZY.js assets/dist-AelfNxj6.js assets/dist-C08rfu50.js \
                assets/dist-Ceg_d-nu.js assets/dist-mPh3sAH5.js assets/download-DCJXy66H.js \
                assets/dropdown-menu-C1rnl-0o.js assets/ecl-BPsxRGqR.js \
                assets/eventmodeling-NTZA5JFV-BR2FzK4R.js assets/external-link-UrX9KO36.js \
                assets/eye-off-CxVozGAC.js assets/file-BPBVl9pl.js assets/init-ZlXS9mIS.js \
                assets/invariant-Ci2dTZ72.js assets/javascript-D-FtdkNC.js \
                assets/journeyDiagram-3NMN7TZE-CO3wos0F.js assets/julia-CoYYMTcZ.js \
                assets/loro_wasm_bg-CSolyDSZ.wasm assets/markdown-renderer-BG3sp2rs.js \
                assets/menu-items-BrwnTgyK.js assets/modelica-C2NfUrdY.js \
                assets/ntriples-Ck5rp6GE.js assets/objects-snlMn4yk.js assets/once-Haz_uxEL.js \
                assets/pascal-B50DmceL.js assets/pie-WAS4IAKB-qxv01Y8W.js assets/pig-BnQuru9N.js \
                assets/precisionRound-Bq_nmf5u.js assets/q-CKkOe1xA.js assets/react-DVplv7_D.js \
                assets/reveal-component-DMRR6gKy.css assets/rough.esm-Dy-Kn_BL.js \
                assets/scheme-CkJWoRmu.js assets/table-vrvqpuKJ.js assets/toml-BcC_uO4q.js \
                assets/tooltip-mT3CGest.js assets/tracing-panel-PeRXHD8_.js \
                assets/useAsyncData-C7aJJz0Y.js assets/useEventListener-D9cftcHj.js \
                assets/useSplitCell-DEb03htp.js assets/utils-B4K466FK.js \
                assets/vbscript-CcW6E3ma.js assets/webidl-CNY2gQL0.js assets/worker-DTQ7oH2A.js \
                assets/workflow-cw-0b9g5.js assets/xquery-CuDTgW6S.js assets/youtube-CbJhsgLy.js
                """,
            recognisedCount: 64),
        BuildNames(
            bundler: "Vite",
            names: """
                assets/artifacts-BeH7wRjB.js assets/artifacts-Bm-fPSo5.js \
                assets/automation_._id.edit-BS64OQYt.js assets/block-documents-apm1oSDs.js \
                assets/block-type-details-CY05M5Xz.js assets/block-type-logo-CeIbibMS.js \
                assets/blocks-BJO9wzNK.js assets/breadcrumb-72JyELLi.js \
                assets/catalog_._slug-DsS1Ht11.js assets/create-BX449Y0F.js \
                assets/create-D51KWZZT.js assets/data-table-BSzjVwui.js \
                assets/deployment._id-Kos9ANyR.js assets/deployment_._id.duplicate-CSMlQ25N.js \
                assets/deployment_._id.edit-BAZ5xGwk.js assets/deployments-BJqoN0Gv.js \
                assets/dist-D8XZbGA6.js assets/event._eventDate._eventId-BVVeD6bs.js \
                assets/eventmodeling-K75KTNOO-BNBwj4a5.js assets/events-3joo6ePS.js \
                assets/events-DTugXxsW.js assets/events-JghOn6Cr.js \
                assets/events-timeline-ukP5mQUq.js assets/flow-link-cgSi3yp_.js \
                assets/flow-run._id-Ypxn9SIr.js assets/flow-runs-list-BgauDx7-.js \
                assets/formatted-date-uXnCCz9U.js assets/index-D8hZcVO-.css \
                assets/info-OHQRW6UA-CexP-VvB.js assets/json-input-lazy-CSPENhCa.js \
                assets/logs-CDbmh6Aa.js assets/railroad-peg-JR7BVNR7-B4WpT3Vm.js \
                assets/rehype-raw-Yt87wg9Q.js assets/run-logs-kdiWOvKt.js \
                assets/seconds-DHsbPwSJ.js assets/settings-E3rF97pf.js \
                assets/state-name-badge-DfiSQSXP.js assets/status-badge-D-Ujgemd.js \
                assets/tag-badge-CodMR-Nb.js assets/tags-input-DgesCGZu.js \
                assets/tooltip-DwM5qvxp.js assets/ui-settings-CJ2nhIH2.js \
                assets/use-is-overflowing-Bip48bA9.js assets/use-quick-run-DUDU2sH1.js \
                assets/vendor-date-D9wOJLKO.js assets/vendor-react-PLCmKr3T.js \
                assets/vendor-tanstack-DfDMelBH.js \
                assets/work-pool_._workPoolName.queue._workQueueName-D5wj5iMd.js \
                assets/work-pool_._workPoolName.queue.create-DYSlJvfE.js \
                assets/work-pools-CZPjv-hx.js
                """,
            recognisedCount: 49),
        BuildNames(
            bundler: "Vite",
            names: """
                static/js/ChatInput.Cga1l-rt.js static/js/CustomTheme.2MxQEPdB.js \
                static/js/Feedback.BTz4eaKh.js static/js/Json.DTMHnC5R.js \
                static/js/LinkButton.DySe0ZNx.js static/js/Particles.B6bzCj8-.js \
                static/js/ProgressBar.CEZsuZxt.js static/js/Quiver.yoqUC9Km.js \
                static/js/StreamlitMarkdown.oOG-xoxw.js static/js/TextArea.DxPXcY61.js \
                static/js/Toolbar.IoDGB_NU.js static/js/UriUtil.CZTdJmE_.js \
                static/js/WidgetLabel.C381QnN0.js static/js/_baseIndexOf.CYLdY-L6.js \
                static/js/_hasUnicode.Cp9Achgk.js static/js/channel.Hz8SdTao.js \
                static/js/chunk-2Q5K7J3B.BsaEqoYJ.js static/js/chunk-7S6XSTFO.CgCuk3qk.js \
                static/js/chunk-DSNLSHJZ.-nGtwVQu.js static/js/chunk-NQOKRVIF.DT8gO2tA.js \
                static/js/chunk-XXDRQBXY.ODdvkIwP.js static/js/chunk-YZO67HFG.DS7xPYHg.js \
                static/js/cose-bilkent-JH36ORCC.PDOxpS5R.js static/js/cynefin-EF2NZ3EQ.DOTDAvz1.js \
                static/js/defaultLocale.CNPGWpMu.js static/js/diagram-PFBEJUXE.DfBqpj0H.js \
                static/js/ebnfDiagram-V4P3TTPT.Dk2dmogY.js static/js/embed.CX5AQgxi.js \
                static/js/flowDiagram-IUGLLWBU.DuX5ZdgJ.js static/js/init.ZlXS9mIS.js \
                static/js/isString.C7-zy-83.js static/js/loadVegaEmbed.B2YPPFq-.js \
                static/js/loglevel.DMC__dHv.js static/js/merge.UVaQM33U.js \
                static/js/moment.4ragD6OA.js static/js/ordinal.BefGibR5.js \
                static/js/protobuf.D55wl0P7.js static/js/railroad-I3PHUGI6.Bb8ecrk7.js \
                static/js/sortBy.BN5z75-Y.js static/js/styled-components.XLtagUku.js \
                static/js/useDebouncedCallback.By9MfI_m.js static/js/useField.CsWac_7E.js \
                static/js/useSlot.CXZFle1D.js static/js/useTextField.bKQiMZTR.js \
                static/js/useTimeout.odDhD3su.js static/js/utils.BJVSE7F9.js \
                static/js/utils.ob4wbeQt.js static/js/wavesurfer.esm.Dini05RX.js \
                static/js/webgpu.BPHT7f_S.js static/js/withFullScreenWrapper.B6XxlEEm.js
                """,
            recognisedCount: 49),
        BuildNames(
            bundler: "Vite",
            names: """
                assets/Facebook-BnQwTOQa.js assets/FilePlayer-jbPCAPlH.js \
                assets/Mixcloud-eQguUx6O.js assets/Preview-bSmJj99T.js \
                assets/SoundCloud-CTBj0VaY.js assets/Twitch-DAb6nsom.js assets/Vidyard-BmrjXdAr.js \
                assets/Vimeo-LnIDhlRl.js assets/Wistia-CIbNtdl8.js assets/YouTube-D1Uhzte8.js \
                assets/index-B2u6IBgX.js assets/index-BtjwbfYI.css
                """,
            recognisedCount: 12),
        BuildNames(
            bundler: "Rollup",
            names: """
                chunks/0-DQalbqlr.js chunks/Example18-jIBu6p6K.js chunks/Example19-BDsl9ayT.js \
                chunks/Example22-DQ78Khnv.js chunks/Example24-DFC-yqoe.js \
                chunks/Example43-BZygSv4t.js chunks/Example6-C_ahg9gA.js \
                chunks/Gallery-BiKe3Jjq.js chunks/Index10-DL2EuUii.js chunks/Index24-BbqYwvlO.js \
                chunks/Index25-Cvsq9jZG.js chunks/Index31-DiTY3tWm.js chunks/Index41-3g6-PQv2.js \
                chunks/Index48-mYY5SNX-.js chunks/Index60-CkQIZTJX.js chunks/Index62-DtsJQUYb.js \
                chunks/MinimalAudioPlayer-CpIM9eS-.js chunks/Model3D2-D6n6Bvrv.js \
                chunks/StaticAudio2-pg9WjduE.js chunks/VideoPreview2-CcpGPQg1.js \
                chunks/ca-BRJTA-dw.js chunks/core2-BBy-i5vT.js chunks/es-DLVZ-3Ia.js \
                chunks/hls-Bb04mlfj.js chunks/module3-vdWIv9Xq.js chunks/prism-json-DsDdpJhN.js \
                chunks/prism-yaml-CXEhBEsR.js chunks/ta-BxrvSRtq.js \
                chunks/webworkerAll-Bd3Yw4jy.js chunks/zh-TW-CtkCvl07.js
                """,
            recognisedCount: 30),
        BuildNames(
            bundler: "SvelteKit",
            names: """
                _app/immutable/assets/KaTeX_Script-Regular.D3wIWfF6.woff2 \
                _app/immutable/assets/VersionDiff.DRm9txdw.css \
                _app/immutable/assets/VoiceRecording.D0CG4PmL.css \
                _app/immutable/chunks/B0xt6c5q.js _app/immutable/chunks/B1yitclQ.js \
                _app/immutable/chunks/BETggiCN.js _app/immutable/chunks/BFfxhgS-.js \
                _app/immutable/chunks/BQZilKDI.js _app/immutable/chunks/Bv_4Rxtq.js \
                _app/immutable/chunks/BxJGkchM.js _app/immutable/chunks/C8M2exoo.js \
                _app/immutable/chunks/CDBrVQLm.js _app/immutable/chunks/CDx5xZoG.js \
                _app/immutable/chunks/CH1njM8p.js _app/immutable/chunks/CKMM8oBD.js \
                _app/immutable/chunks/COkxafJQ.js _app/immutable/chunks/CUhNiDEx.js \
                _app/immutable/chunks/CenWIFCC.js _app/immutable/chunks/Cu-C8Fcd.js \
                _app/immutable/chunks/CuOXbgIG.js _app/immutable/chunks/D53aC0YG.js \
                _app/immutable/chunks/D8_7TLub.js _app/immutable/chunks/DAi9KRSo.js \
                _app/immutable/chunks/DBlCnlav.js _app/immutable/chunks/DHJKELXO.js \
                _app/immutable/chunks/DIeogL5L.js _app/immutable/chunks/DVMEJ2y_.js \
                _app/immutable/chunks/DaXVibr3.js _app/immutable/chunks/DcaNXYhu.js \
                _app/immutable/chunks/DkadvRH0.js _app/immutable/chunks/DnULxvSX.js \
                _app/immutable/chunks/DuEs-yvE.js _app/immutable/chunks/NkVtkkpb.js \
                _app/immutable/chunks/TWQcKB12.js _app/immutable/chunks/fbvUeNLU.js \
                _app/immutable/chunks/gMkWiWX0.js _app/immutable/chunks/k8GUwV6G.js \
                _app/immutable/chunks/lXgVvXCa.js _app/immutable/nodes/24.BzSXUIqC.js \
                _app/immutable/nodes/43.C-0VCF0z.js
                """,
            recognisedCount: 40),
        BuildNames(
            bundler: "Create React App",
            names: """
                static/css/8116.9a0b6467.chunk.css static/css/8253.a73f718d.chunk.css \
                static/css/927.f3f01f1d.chunk.css static/css/main.b0f58ef9.css \
                static/js/1126.8bfe0c8c.chunk.js static/js/1294.b64febf7.chunk.js \
                static/js/1376.608d6a52.chunk.js static/js/1407.080e1b3c.chunk.js \
                static/js/1416.b6b0d415.chunk.js static/js/2544.0a00d45b.chunk.js \
                static/js/2659.3c285cb8.chunk.js static/js/2685.2f8f1b38.chunk.js \
                static/js/2843.40e07fd8.chunk.js static/js/3100.ac259a77.chunk.js \
                static/js/3203.dbf93652.chunk.js static/js/3273.0b97853e.chunk.js \
                static/js/3342.0c46da84.chunk.js static/js/3945.58e266a5.chunk.js \
                static/js/4293.21147bda.chunk.js static/js/4818.84771aae.chunk.js \
                static/js/5903.d4f6b95f.chunk.js static/js/6194.56ffb7d2.chunk.js \
                static/js/6306.229ed5a7.chunk.js static/js/6395.8494efbe.chunk.js \
                static/js/6507.352ad2e0.chunk.js static/js/6549.54c4bfc6.chunk.js \
                static/js/6741.04a4b50e.chunk.js static/js/6897.05ffc5e9.chunk.js \
                static/js/7261.db4e3e47.chunk.js static/js/7406.96a00ad4.chunk.js \
                static/js/7753.669f3a94.chunk.js static/js/7854.f15da9b1.chunk.js \
                static/js/8093.a64d22b0.chunk.js static/js/8096.8bb1216d.chunk.js \
                static/js/8192.b3f39625.chunk.js static/js/8253.6b0f9ac1.chunk.js \
                static/js/8353.fbe16804.chunk.js static/js/8505.c00a65b2.chunk.js \
                static/js/855.c7e4c8a6.chunk.js static/js/8553.13b7e0d3.chunk.js \
                static/js/8602.f7753c17.chunk.js static/js/8891.d2c5a90e.chunk.js \
                static/js/9067.f7108368.chunk.js static/js/9202.8f947499.chunk.js \
                static/js/930.583096d2.chunk.js static/js/9433.d7695a5b.chunk.js \
                static/js/9469.a588b013.chunk.js static/js/9867.768a39b1.chunk.js \
                static/js/994.bf6856d4.chunk.js static/js/9981.0433038f.chunk.js
                """,
            recognisedCount: 50),
        BuildNames(
            bundler: "webpack",
            names: """
                static/1014.073326ef5d98db5e.js static/1088.6d69ea3ffd340c2c.js \
                static/130.6ae02d05d1662acf.js static/1366.61e0734b4b4c01e9.js \
                static/1747.c694e1d350e57707.js static/2011.2e10f24e0a331c02.js \
                static/2208.ef6ea98c27c7851d.js static/2841.86506b718eec3c99.js \
                static/3253.2dc3df76924c2c4f.js static/3312.e5f6edb28463f660.js \
                static/3762.bc2173c156f5a1fe.js static/4232.15151af47a0093e1.js \
                static/4385.29cdf9dd304b8c00.js static/4743.95a1b3de81f80653.js \
                static/5092.6ac83eda32fe365b.js static/518.3e2d29a1fff0ce98.js \
                static/5786.2d554c43063b5a1c.js static/5950.746569d70231a7a3.js \
                static/6210.f06451ec672125de.js static/6226.17128996c369590f.js \
                static/6973.383e2936fdfbf6de.js static/7329.06440d69c17605fa.js \
                static/7556.376fb09ef7f361a2.js static/7927.da23ef713a87584a.js \
                static/8237.c8dda379f753c54f.js static/8608.b9176ffe9d48860a.js \
                static/898.5994fcd417db6b8d.js static/9029.72fbdeecbac5889f.js \
                static/9518.eb5fcc76b3bcd2d0.js static/9884.c2bb2c5ad3e3bf56.js
                """,
            recognisedCount: 30),
        BuildNames(
            bundler: "webpack",
            names: """
                labelstudio/anthropic.d788bff8d8edec9eb750cfa6eaf8ae99.svg \
                labelstudio/arrow-right-circle-filled.5d309efe761e8006560bca9f3aa44509.svg \
                labelstudio/arrow.26e9f590a3acaa1b0bd9a531f9688a92.svg \
                labelstudio/chat.389e3486b9040f2227d5e835d1ca021f.svg \
                labelstudio/chevron-right.9eecb20ea44bb67b412980d8ec13ae3b.svg \
                labelstudio/cross-alt.02e6c446cea071ed7fc66d544cd0339e.svg \
                labelstudio/cursor.7be987bed31c24518521be29d955e41b.svg \
                labelstudio/external.26d805290f981237d39e23b3d5ca4cd3.svg \
                labelstudio/file-upload.703cba9b112a86309d14959fc66fceb2.svg \
                labelstudio/interpolation-add.7efcdb1dc3071075161c94d1f8529a6b.svg \
                labelstudio/messages-check.d6e2f4491af5e27e010d60b17c024f10.svg \
                labelstudio/model-version.8ed752f44624c3fc458f1afba5179053.svg \
                labelstudio/next-step.1d4e411722bab0201dd1b575650b96f3.svg \
                labelstudio/outliner-collapse.96d35f97ecfb839e309fdc6a005ab6e2.svg \
                labelstudio/property-angle.87006e02cf9e4020408c83b20d04f592.svg \
                labelstudio/reload.d0611e6d509d51d9bc2a74e85c35e7bf.svg \
                labelstudio/slow.bdcafd61493ee6542e56f80edf3bd372.svg \
                labelstudio/state-annotating.465e536cb5752b7ad9a7fb712e5494f2.svg \
                labelstudio/sun.27fddcae53914411e2fe79ca80be17c5.svg \
                labelstudio/user-edit.b742ccfb7258a7e083c4534f5e3477d1.svg
                """,
            recognisedCount: 20),
        BuildNames(
            bundler: "Next.js",
            names: """
                _next/static/chunks/4311.a24a8cc76381e3e8.js \
                _next/static/chunks/600.6c7f5825d4b3a07f.js \
                _next/static/chunks/8569.3c6d55397f8e9dd6.js _next/static/css/daec64ee16013fd9.css \
                _next/static/media/account_tree.80a7497d.svg \
                _next/static/media/attach_file.d82cef3a.svg _next/static/media/badge.c0cd13f9.svg \
                _next/static/media/broadcast_on_home.84a78e66.svg \
                _next/static/media/curly_braces.41b49fa5.svg \
                _next/static/media/daemon.b426705a.svg \
                _next/static/media/dagster_reversed.648145bc.svg \
                _next/static/media/drag_handle.e6d8c525.svg _next/static/media/edit.a13eac80.svg \
                _next/static/media/filter.cf940822.svg _next/static/media/github.abbb86b2.svg \
                _next/static/media/graduation_cap.ca9d9592.svg \
                _next/static/media/lineage_upstream.cb2ec0aa.svg \
                _next/static/media/list.ad11a1ea.svg \
                _next/static/media/materialization_planned.789cd68b.svg \
                _next/static/media/new_in_branch.91093fc9.svg \
                _next/static/media/people.78db58a8.svg _next/static/media/radio_empty.0bf65cc9.svg \
                _next/static/media/rainbow.e07857e7.svg _next/static/media/run_failed.73baad45.svg \
                _next/static/media/schema.89d8f8f4.svg _next/static/media/tag.1b19936f.svg \
                _next/static/media/tool-axioma-color.e59cce82.svg \
                _next/static/media/tool-jupyter-color.0b484033.svg \
                _next/static/media/tool-k8s-color.ae1ddf47.svg \
                _next/static/media/tool-mariadb-color.304a518c.svg \
                _next/static/media/tool-oracle-color.60b4ad44.svg \
                _next/static/media/tool-pagerduty-color.a572c3e6.svg \
                _next/static/media/tool-papermill-color.450ab172.svg \
                _next/static/media/tool-plotly-color.0489b419.svg \
                _next/static/media/tool-sdf-color.3a5920db.svg \
                _next/static/media/tool-thoughtspot-color.ec4f856c.svg \
                _next/static/media/tool-vercel-color.0ea3eb70.svg \
                _next/static/media/tool-x-color.541cbe99.svg \
                _next/static/media/vertical_align_top.bb4bde93.svg \
                _next/static/media/workspace.2bc3681b.svg
                """,
            recognisedCount: 40),
    ]
}

/// Names without a hash: pages, scripts, pictures and documents of a Debian system and of packages
/// on it, half of them at random, half because their last part looks most like chance.
enum OrdinaryNames {
    static let list = text.split(separator: " ").map(String.init)

    private static let text = """
        0.12.12.json 0.8.0.json 0.9.0.json 0.9.1.json 00_README.txt 1.1.0.json 1.2.0.json \
        1.3.0.json 1.5.1.1.txt 1.5.2.2.txt 1.5.3.4.txt 1.5.3.6.txt 1.5.3.7.txt 1.5.4.6.txt \
        1.5.6.2.txt 1.5.6.4.txt 1.5.6.5.txt 1.6.0.1.txt 1.6.0.6.txt 1.6.3.2.txt 1.7.0.7.txt \
        1.7.1.2.txt 1.7.1.txt 1.7.10.2.txt 1.7.10.3.txt 1.7.11.1.txt 1.7.11.3.txt 1.7.12.2.txt \
        1.7.2.3.txt 1.7.2.4.txt 1.7.3.2.txt 1.7.3.4.txt 1.7.4.4.txt 1.7.7.1.txt 1.7.7.4.txt \
        1.7.7.7.txt 1.7.7.txt 1.7.8.2.txt 1.7.8.3.txt 1.7.9.4.txt 1.8.0.2.txt 1.8.3.txt \
        1.8.4.4.txt 1.8.4.5.txt 1.8.5.4.txt 1.8.5.txt 1.9.2.txt 1.9.5.txt 2.10.2.txt 2.12.1.txt \
        2.13.2.txt 2.13.3.txt 2.13.5.txt 2.14.1.txt 2.16.3.txt 2.21.0.txt 2.24.1.txt 2.25.0.txt \
        2.25.5.txt 2.26.2.txt 2.3.2.json 2.3.3.json 2.3.3.txt 2.3.4.txt 2.30.2.txt 2.31.4.txt \
        2.31.5.txt 2.33.1.txt 2.33.5.txt 2.34.2.txt 2.35.4.txt 2.36.0.txt 2.36.6.txt 2.37.0.txt \
        2.39.2.txt 2.4.3.txt 2.4.5.txt 2.4.6.txt 2.6.2.txt 2.7.3.txt 2.8.2.txt 2.9.1.txt \
        3.2.1.json 3.3.1.json 3.4.2.json 3.8.2.json 3.9.0.json APIchunk0.html APIchunk1.html \
        APIchunk10.html APIchunk11.html APIchunk12.html APIchunk2.html APIchunk3.html \
        APIchunk4.html APIchunk5.html APIchunk6.html APIchunk7.html APIchunk8.html APIchunk9.html \
        COPYING_QHULL.txt E0009.html E0013.html E0014.html E0038.html E0178.html E0185.html \
        E0214.html E0221.html E0303.html E0451.html E0472.html E0541.html E0559.html E0799.html \
        IdnaTestV2.txt NCSA.txt QR8bitByte.js RGI_Emoji.js RUSTC_BREAK_ON_ICE.html \
        RUSTC_GRAPHVIZ_FONT.html RUST_FORBID_DEP_GRAPH_EDGE.html \
        _chromium_ISO-8859-7_with_no_encoding_specified.html _mozilla_bug638318_text.html \
        _ude_3.txt an-attribute-for-deprecation.html ancillary.rs.html angular.html \
        application-exit-symbolic-rtl.svg application-x-addon.png ar.umd.prod.js array.js \
        asserting.rs.html assigncontactcategoryaction.json audio-volume-medium.png \
        auth-sim-symbolic.svg avx512cd.rs.html battery-good-charging-symbolic.svg \
        battery-level-30-charging-symbolic.symbolic.png battery-level-80-charging-symbolic.svg \
        battery-low-charging-symbolic.symbolic.png behavior-not-considered-unsafe.html \
        bokeh-tables.min.js build.js cargo-git-checkout.html cargo-vendor.html \
        ch05-03-method-syntax.html ch08-02-strings.html \
        ch09-01-unrecoverable-errors-with-panic.html codegen-source-order.html common.css \
        common.rs.html constant.FRAC_1_PI.html constant.FRAC_1_SQRT_2.html \
        constant.FRAC_1_SQRT_2PI.html constant.FRAC_1_SQRT_3.html constant.FRAC_1_SQRT_5.html \
        constant.FRAC_2_PI.html constant.FRAC_PI_2.html constant.FRAC_PI_3.html \
        constant.FRAC_PI_4.html constant.FRAC_PI_6.html constant.FRAC_PI_8.html \
        constant.MAX_10_EXP.html constant.MIN_10_EXP.html constant.UNIX_EPOCH.html \
        constant._CMP_EQ_OQ.html constant._CMP_EQ_UQ.html constant._CMP_FALSE_OQ.html \
        constant._CMP_GE_OQ.html constant._CMP_GT_OQ.html constant._CMP_LT_OQ.html \
        constant._CMP_NEQ_OQ.html constant._CMP_NEQ_UQ.html constant._CMP_NGT_UQ.html \
        constant._CMP_NLE_UQ.html constant._CMP_NLT_UQ.html constant._CMP_TRUE_UQ.html \
        constant._MM_CMPINT_NLE.html constant._MM_MANT_NORM_1_2.html \
        constant._MM_MANT_NORM_P5_1.html constant._MM_MANT_NORM_P5_2.html \
        constant._MM_MANT_NORM_P75_1P5.html constant._MM_PERM_ABCB.html \
        constant._MM_PERM_ACBB.html constant._MM_PERM_ADAB.html constant._MM_PERM_ADCB.html \
        constant._MM_PERM_BBBB.html constant._MM_PERM_BBCB.html constant._MM_PERM_BCBA.html \
        constant._MM_PERM_BCBB.html constant._MM_PERM_BCBC.html constant._MM_PERM_BCBD.html \
        constant._MM_PERM_BCCB.html constant._MM_PERM_BDAB.html constant._MM_PERM_BDCB.html \
        constant._MM_PERM_CBCB.html constant._MM_PERM_DBBB.html constant._MM_PERM_DBCB.html \
        constant._MM_PERM_DCBA.html constant._MM_PERM_DCBB.html constant._MM_PERM_DCBC.html \
        constant._MM_PERM_DCBD.html constant._MM_PERM_DCCB.html constant._MM_PERM_DDCB.html \
        constant._SIDD_BIT_MASK.html constant._SIDD_MASKED_POSITIVE_POLARITY.html \
        constant._XABORT_DEBUG.html constant.__VEC_CLASS_FP_SNAN_P.html constraints-3.7.txt \
        core-intrinsics-fallbacks.html databaseinput_parameters.json db_instance_class.json \
        dialog-information-symbolic.svg dialog-information-symbolic.symbolic.png direction.json \
        dist.readme.html dns_2015-08-07-preview.json document-open-symbolic.svg \
        downcast-unchecked.html edit-clear-symbolic-rtl.svg edit-copy-symbolic.svg \
        edit-cut-symbolic.svg edit-find.png endassociatedtasksaction.json enum.DebugAsHex.html \
        enum.NamePadding.html enum.Utf8Pattern.html enumUtil.js error-generic-member-access.html \
        error-index.js expressions.html extern-crates.html face-raspberry.png faq.html fi.js \
        fish_help_string.png folder-templates-symbolic.symbolic.png \
        folder-visiting-symbolic.symbolic.png format-indent-more-rtl-symbolic.svg \
        generative-supervised-llm.png glob.js.map gte.js gtk-keys.css guards.js gui.txt \
        guide-ownership.html headermatchpattern_all.json help-search.js help.fr.txt \
        hexagon-unknown-qurt.html http-objects.html ignore.js input-mouse.png isobox.txt \
        jquery.ajaxQueue.js keypoints.png libtasn1-libtasn1.html logoLarge.gif lte.js ltr.js \
        luxon.min.js macro.cfg.html macro.column!.html macro.compile_error!.html macro.format.html \
        macro.module_path.html macro.panic!.html mail-replied-rtl-symbolic.svg \
        manual-writing-tools.html media-floppy-symbolic.svg media-skip-forward-symbolic.svg \
        metadata_labels.json ms-manual.html msg_12.txt nested.html \
        network-cellular-disabled-rtl-symbolic.symbolic.png network-error-symbolic.symbolic.png \
        new-editions-of-the-book.html nicegui.css ok.min.css os_risc.txt panic-can-unwind.html \
        panic-runtime.html partialUtil.js partitions.json peek_mut.rs.html pending.rs.html \
        pi_logipat.txt pnpx.js policytemplate.json preferences-desktop-locale.png \
        primitive.bool.html primitive.u16.html prop-types@15.8.1.js providerdetails.json pseudo.js \
        ptr-internals.html pwrdLogo100.gif pwrdLogo150.gif pwrdLogo175.gif pwrdLogo200.gif \
        pwrdLogo75.gif range.js react-dom@18.3.1.js readonlyproperties.json registry-web-api.html \
        response-selection.png riscv.rs.html riscv32e-unknown-none-elf.html \
        roboto-v20-latin_cyrillic-italic.svg run-script.js rust-version.html select2.min.css \
        sh_ide-eclipse.css slice-from-ptr-range.html slice-ptr-get.html src-files1.97.0.js \
        statements-and-expressions.html stdio.rs.html step-trait.html struct.AddrParseError.html \
        struct.Alignment.html struct.AtomicU32.html struct.AtomicU64.html struct.AtomicU8.html \
        struct.CommandResolvedEnvs.html struct.CursorMutKey.html struct.DecodeUtf16.html \
        struct.DropGuard.html struct.FromUtf8Error.html struct.Ipv4Addr.html struct.Ipv6Addr.html \
        struct.JoinPathsError.html struct.MappedMutexGuard.html struct.MappedRwLockReadGuard.html \
        struct.MatchIndices.html struct.ReturnToArg.html struct.SocketAddrV4.html \
        struct.SocketAddrV6.html struct.TestDescAndFn.html struct.UniqueArc.html \
        struct.UniqueRc.html struct.Utf8Chunk.html struct.Utf8Chunks.html struct.svint32_t.html \
        struct.svint64x2_t.html syntax-and-semantics.html system-software-update.png \
        text-x-generic-symbolic.symbolic.png text.js tlds-alpha-by-domain.txt \
        touch-disabled-symbolic.svg trait-objects.html trait.AsciiExt.html trait.AsyncFnMut.html \
        trait.AsyncFnOnce.html trait.BitXorAssign.html trait.DisjointBitOr.html \
        trait.DispatchFromDyn.html trait.Div.js trait.Fn.html trait.FromRawFd.html \
        trait.IntoAsyncIterator.html trait.IntoRawFd.html trait.NumBufferTrait.html \
        trait.OsStrExt.html trait.SimdMutPtr.html trait.TryInto.html trait.VaArgSafe.html \
        tutorial.html two-level-sentiment-analysis-of-x-twitter-posts.jpg type.AtomicI64.html \
        type.NonZeroI128.html type.NonZeroI16.html type.NonZeroI32.html type.NonZeroI64.html \
        type.NonZeroI8.html type.NonZeroU128.html type.NonZeroU16.html type.NonZeroU32.html \
        type.NonZeroU64.html type.NonZeroU8.html type.RawOsError.html type.pthread_t.js \
        uint-carryless-mul.html unchecked_iterator.rs.html usr_09.txt usr_11.txt utf16-extra.html \
        value-increase-symbolic.svg wasm-c-abi.html wikitop_tr_ISO-8859-9.txt windows.html \
        wrapping.rs.html x86_64-unknown-linux-gnumsan.html youtube-stream-status.png zlib.html
        """
}
