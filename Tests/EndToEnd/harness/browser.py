# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Headless Chromium, driven by the DevTools protocol over a pair of pipes. Only what the tests of
# the demo need: open, look, click, type, and everything that the page complained about.

import base64
import fcntl
import json
import os
import shutil
import signal
import subprocess
import threading
import time

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
                None)
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--hide-scrollbars", "--mute-audio", "--remote-debugging-pipe",
]


def _high(descriptor):
    """The same pipe under a number that the redirections to 3 and 4 cannot overwrite."""
    copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return copy


class Browser:
    """One Chromium process with a profile of its own; each page is a fresh tab."""

    def __init__(self, profile, *flags):
        theirs_in, self._out = map(_high, os.pipe())
        self._in, theirs_out = map(_high, os.pipe())
        # Chromium expects its commands at descriptor 3 and answers at 4.
        shell = 'exec "$@" 3<&%d 4>&%d' % (theirs_in, theirs_out)
        self.process = subprocess.Popen(
            ["bash", "-c", shell, "chromium", CHROMIUM, *FLAGS, *flags,
             "--user-data-dir=%s" % profile],
            pass_fds=(theirs_in, theirs_out), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self._number, self._answers, self._pages = 0, {}, {}
        self._changed = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        rest = b""
        while chunk := os.read(self._in, 1 << 16):
            *messages, rest = (rest + chunk).split(b"\0")
            for message in map(json.loads, messages):
                with self._changed:
                    if "id" in message:
                        self._answers[message["id"]] = message
                    elif page := self._pages.get(message.get("sessionId")):
                        page.note(message["method"], message["params"])
                    self._changed.notify_all()

    def call(self, method, session=None, timeout=30, **parameters):
        with self._changed:
            self._number += 1
            number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        with self._changed:
            arrived = self._changed.wait_for(lambda: number in self._answers, timeout)
            assert arrived, "the browser does not answer %s" % method
            answer = self._answers.pop(number)
        assert "error" not in answer, "%s: %s" % (method, answer.get("error"))
        return answer["result"]

    def page(self, width=1280, height=800, is_phone=False):
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)
        session = self.call("Target.attachToTarget", targetId=target["targetId"],
                            flatten=True)["sessionId"]
        page = Page(self, session, target["targetId"])
        self._pages[session] = page
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(domain + ".enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=2 if is_phone else 1, mobile=is_phone)
        return page

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self._out)


class Page:
    """A tab; `errors` of every kind, and `responses` as (URL, status, type)."""

    def __init__(self, browser, session, target):
        self.browser, self.session, self.target = browser, session, target
        self.errors, self.responses = [], []

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def close(self):
        """Closes the tab, and with it the streams and sockets that it holds open."""
        self.browser.call("Target.closeTarget", targetId=self.target)

    def note(self, method, event):
        if method == "Runtime.exceptionThrown":
            details = event["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "assert"):
            self.errors.append(" ".join(str(a.get("value", a)) for a in event["args"]))
        elif method == "Log.entryAdded" and event["entry"]["level"] == "error":
            self.errors.append("%s %s" % (event["entry"]["text"], event["entry"].get("url", "")))
        elif method == "Network.responseReceived":
            response = event["response"]
            self.responses.append((response["url"], response["status"], response["mimeType"]))

    def open(self, url, until="document.readyState === 'complete'"):
        self.call("Page.navigate", url=url)
        # The old document may still be there for a moment, and be complete.
        self.until("location.href !== 'about:blank' && (%s)" % until)
        return self

    def evaluate(self, expression):
        """The expression's value; an element counts as true."""
        expression = "(value => value instanceof Node || value)(%s)" % expression
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression, timeout=20):
        """Waits until the expression is true in the page, and returns its value."""
        deadline = time.monotonic() + timeout
        while not (value := self.evaluate(expression)):
            assert time.monotonic() < deadline, "never true: %s\n%s\n%s" % (
                expression, self.text(), self.errors)
            time.sleep(0.03)
        return value

    def text(self, selector="body"):
        return self.evaluate("document.querySelector(%s)?.innerText ?? ''" % json.dumps(selector))

    def click(self, selector):
        """A real click in the middle of the element, which counts as a gesture of the user."""
        place = self.until("""(() => {
            const element = document.querySelector(%s);
            if (!element || element.disabled) return null;
            element.scrollIntoView({ block: "center", behavior: "instant" });
            const box = element.getBoundingClientRect();
            return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
        })()""" % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def press(self, key, code=None):
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        number = {"Enter": 13, "Tab": 9, " ": 32}.get(key, 0)
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code or key,
                      text=text if kind == "keyDown" else "", windowsVirtualKeyCode=number)

    def screenshot(self, path):
        image = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(image))
