// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct BuildHashTests {
    @Test("What bundlers write is recognised as often as was measured", arguments: BuildNames.all)
    func recall(build: BuildNames) {
        let missed = build.list.filter { BuildHash.isHashed(bytes($0).span) == false }
        #expect(build.list.count - missed.count >= build.recognisedCount, "missed: \(missed)")
    }

    @Test(
        "What people write is no hash, in no folder",
        arguments: ["", "assets/", "static/js/", "static/media/", "chunks/", "srv/img/"])
    func precision(folder: String) {
        #expect(OrdinaryNames.list.count > 350)
        let mistaken = OrdinaryNames.list.filter { BuildHash.isHashed(bytes(folder + $0).span) }
        #expect(mistaken.isEmpty)
    }

    @Test(
        "A hash is recognised wherever the file lies",
        arguments: [
            // Vite and Rollup.
            "index-BxY3k2Pq.js", "srv/DiwrgTda_x/index-BxY3k2Pq.css", "vendor-CpDh3XvA.js",
            "react-CHdo91hT.svg", "logo-B-xY3_2P.png", "index-BxY3k2Pq.js.map",
            "index-legacy-CkDlsQwz.js", "inter-latin-400-normal-C38fXH4l.woff2",
            "AboutView-DkSxw2Hq.js", "index.BxY3k2Pq.js", "start.D2dJt9Xw.js", "BxY3k2Pq.js",
            "workbox-5ffe50d4.js", "index.a1b2c3d4.js",
            // webpack, Create React App, Vue CLI.
            "main.8f3c2b1a.js", "main.8f3c2b1a.chunk.js", "main.8f3c2b1a.css",
            "787.2b1e8f3c.chunk.js", "logo.6ce24c58023cc2f8fd88fe9d219db6c6.svg",
            "runtime~main.a8a9905a.js", "chunk-vendors.0e3c6d1f.js", "app.1a2b3c4d.js.map",
            "2.4a5b6c7d.chunk.css", "main.8f3c2b1a.min.js",
            // Parcel, Next.js, Angular, esbuild.
            "src.e31bb0bc.js", "1a2b3c4d5e6f7a8b.css", "main-app-1a2b3c4d5e6f7a8b.js",
            "framework-2c79e2a64abdb08b.js", "4bd1b696-182b6b13bdad92e3.js",
            "main-OX7IPZIC.js", "main-HXKQWZJB.js", "styles-5INURTSO.css", "chunk-FUXJ7A4K.mjs",
            "main.7e0ff1b0a4f0f1d1c2b3.js", "polyfills.374f1f989f34e1be.js", "app-OX7IPZIC.js",
            "logo-6QMLOXQD.svg",
        ])
    func hashed(name: String) {
        #expect(BuildHash.isHashed(bytes(name).span) == true)
    }

    @Test(
        "Folders that bundlers write vouch for what else is doubtful",
        arguments: [
            ("", "index-DiwrgTda.css"), ("", "index-n_ryQ3BS.css"), ("", "Index-DOWWMP04.js"),
            ("static/js/", "main.dda17557.js"), ("static/media/", "logo.fe385402.svg"),
            ("_nuxt/", "entry.DiwrgTda.css"), ("_astro/", "DiwrgTda.js"),
            ("_next/static/", "Xy1z/_ssgManifest.js"), ("_app/immutable/", "entry/start.js"),
        ])
    func folders(folder: String, name: String) {
        let folder = folder.isEmpty ? "assets/" : folder
        #expect(BuildHash.isHashed(bytes(name).span) == false)
        #expect(BuildHash.isHashed(bytes(folder + name).span) == true)
        #expect(BuildHash.isHashed(bytes("/srv/www/" + folder + name).span) == true)
        #expect(BuildHash.isHashed(bytes("/srv/my" + folder + name).span) == false)
    }

    @Test(
        "A chunk's number may consist of digits, a date may not",
        arguments: [
            ("8115.41842524.chunk.js", true), ("8115.41842524.js", false),
            ("log.20240115.chunk.js", false), ("log.19991231.chunk.js", false),
            ("app.20249915.chunk.js", true), ("dda17557.chunk.js", false),
        ])
    func chunks(name: String, isHashed: Bool) {
        #expect(BuildHash.isHashed(bytes(name).span) == isHashed)
    }

    @Test(
        "Dates, versions, words and numbers are not",
        arguments: [
            "index.html", "main.js", "app.js", "background.png", "background.js",
            "component-settings.js", "my-background.css", "site-navigation.js",
            "report-2024-01-15.pdf", "report-20240115.pdf", "20240115.json", "2024-01-15.html",
            "log.20240115.js", "backup-20240115123456.js", "20240115T120000.json",
            "jquery-3.7.1.min.js", "bootstrap.bundle.min.js", "vue.global.js", "react-18.2.0.js",
            "lib-1.0.0-beta.12.js", "v1.2.3.js", "logo-512x512.png", "icon-192x192.png",
            "apple-touch-icon.png", "photo-IMG_1234.jpg", "photo-DSC00012.jpg",
            "image-DSC23456.jpg", "chapter-12345678.html", "chunk-vendors.js", "runtime.js",
            "service-worker.js", "robots.txt", "manifest.webmanifest", "favicon.ico",
            "deadbeef.js", "facade01.js", "decade80.js", "product-settings.js", "UserSettings.js",
            "user-UserList.js", "my-MyAppBar.js", "x-Version2.js", "page-chapter1.js",
            "app.development.js", "app.production.min.js", "a.b", ".env", ".htaccess", "", ".",
            "..", "-.js", "no-extension", "README.md", "internationalization.js",
            "font-opensans-regular.woff2", "main-SETTINGS.txt", "x-NextPrev.js",
            "user-3f2504e0.4f89.js", "Download.js", "Debugger.js", "SqlServerTable.js",
            "sqlanywhere.js", "trait.CarryingMulAdd.js", "assets/icon-DarkMode.svg",
            "assets/logo-DynamoDB.svg", "assets/banner-1024x768.png", "static/js/my-HttpOnly.js",
            "static/css/app.css", "assets/photo-DSCN0001.jpg", "assets/app-SETTINGS.js",
            "_nuxt/builds/latest.json", "_next/static/", "_next/image.js", "assets/zh-CN-TW.js",
        ])
    func notHashed(name: String) {
        #expect(BuildHash.isHashed(bytes(name).span) == false)
    }
}
