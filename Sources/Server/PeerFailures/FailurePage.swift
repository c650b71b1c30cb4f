// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The page that a browser shows while no peer answers. It needs nothing but itself, and loads the
// real page as soon as there is one.

internal import Digests
internal import HTTP
internal import Memory

/// Writes the page of a failure.
enum FailurePage {
    /// What the page may do: run its own script, which asks this server.
    ///
    /// Spec: CSP Level 3 §2.3.1: inline texts are allowed by their digests.
    static let policy: [UInt8] = {
        func source(_ text: StaticString) -> String {
            var digest = SHA256()
            digest.update(Array(text.description.utf8))
            let code = Base64.encode(digest.finish())
            return "'sha256-\(String(decoding: code, as: UTF8.self))'"
        }
        let policy =
            "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
            + "script-src \(source(script)); style-src \(source(style))"
        return Array(policy.utf8)
    }()

    /// Writes all of it.
    static func write(_ report: FailureReport, to page: inout Buffer) {
        // Who builds the site wants to see it at once; others wait in line.
        let isLocal = report.tries != nil
        page.append("<!doctype html>\n<html lang=\"en\" data-first=\"")
        page.append(decimal: isLocal ? 250 : 1000)
        page.append("\" data-limit=\"")
        page.append(decimal: isLocal ? 2000 : 15_000)
        page.append("\">\n<head>\n<meta charset=\"utf-8\">\n")
        page.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        page.append("<meta name=\"robots\" content=\"noindex\">\n<title>")
        page.append(report.title)
        page.append("</title>\n<style>")
        page.append(style)
        page.append("</style>\n</head>\n<body>\n<main>\n<h1>This page is not available right now")
        page.append("</h1>\n<p>")
        page.append(report.summary)
        page.append("</p>\n")
        page.append(report.isRepeatable ? patience : caution)
        if let tries = report.tries { write(tries, to: &page) }
        page.append("<footer>")
        page.append(report.title)
        page.append(" · request <code>")
        page.append(report.requestID)
        page.append("</code></footer>\n</main>\n")
        if report.isRepeatable {
            page.append("<script>")
            page.append(script)
            page.append("</script>\n")
        }
        page.append("</body>\n</html>\n")
    }

    private static func write(_ tries: [FailureReport.Try], to page: inout Buffer) {
        page.append("<table>\n<tr><th>Peer</th><th>What happened</th><th>After</th>")
        page.append("<th>Its last answer</th></tr>\n")
        for attempt in tries {
            page.append("<tr><td><code>")
            ListingText.appendMarkup(ListingText.repaired(attempt.address.span).span, to: &page)
            page.append("</code></td><td>")
            ListingText.appendMarkup(Array(attempt.reason.utf8).span, to: &page)
            page.append("</td><td>")
            page.append(decimal: attempt.duration)
            page.append(" ms</td><td>")
            if let answer = attempt.lastAnswer {
                page.append(decimal: answer.status)
                page.append(", ")
                page.append(decimal: answer.age / 1000)
                page.append(" s ago")
            } else {
                page.append("none yet")
            }
            page.append("</td></tr>\n")
        }
        page.append("</table>\n")
    }

    private static let patience: StaticString = """
        <p role="status">It is asked again and again, and this page loads once it answers.</p>
        <noscript><p>Load the page again in a moment.</p></noscript>

        """

    private static let caution: StaticString = """
        <p>What you have sent may not have arrived. Go back and try again in a moment.</p>

        """

    static let style: StaticString = """
        :root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
        body{margin:0;min-height:100vh;display:grid;place-items:center}
        main{max-width:44rem;padding:2rem}
        h1{font-size:1.4rem;font-weight:600;margin:0 0 1rem}
        p{margin:.5rem 0}
        table{border-collapse:collapse;margin:1.5rem 0;font-size:.9rem}
        th,td{text-align:left;vertical-align:top;padding:.35rem 1.25rem .35rem 0;
        border-top:1px solid #8884}
        th{font-weight:600;border:0}
        footer{margin-top:2rem;font-size:.8rem;opacity:.7}
        code{font-family:ui-monospace,monospace}
        """

    /// Asks until the answer is not one of a gateway, less and less often, and at once when
    /// somebody looks at the page or the network is back.
    ///
    /// Why: GET, because that is what loading the page asks; its content is not read.
    static let script: StaticString = """
        (() => {
          const page = document.documentElement.dataset;
          let delay = +page.first, timer = 0, asks = false;
          const later = () => {
            timer = setTimeout(ask, delay * (0.75 + Math.random() / 2));
            delay = Math.min(delay * 1.6, +page.limit);
          };
          const ask = async () => {
            if (asks) return;
            asks = true;
            clearTimeout(timer);
            try {
              const answer = await fetch(location.href, {
                cache: "no-store", redirect: "manual", headers: { Accept: "text/html" } });
              answer.body?.cancel();
              if (![502, 503, 504].includes(answer.status)) return location.reload();
            } catch {}
            asks = false;
            later();
          };
          addEventListener("online", ask);
          document.addEventListener("visibilitychange", () => document.hidden || ask());
          later();
        })();
        """
}
