"""A headless Chromium for tests of pages, spoken to over the pipe of its DevTools protocol.

Unlike `--window-size`, the protocol can make a page narrower than Chromium's smallest window, ask
for the dark colour scheme, and wait until a page is laid out.
"""

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",  # which root cannot have
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--remote-debugging-pipe",  # commands on descriptor 3, replies on 4, each ended by a zero byte
)
PATIENCE = 60.0  # seconds for one command


def chromium():
    """The path of a Chromium, or a skip that says what is missing."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(PROGRAMS)} is installed (Debian package chromium)")
    return found


class Browser:
    """One page of a headless Chromium. Use it as a context manager."""

    def __init__(self):
        self._number, self._received, self._session = 0, b"", None
        self._events = []

    def __enter__(self):
        program = chromium()
        self._home = tempfile.mkdtemp(prefix="browser-")
        theirs_in, self._out = _pipe()
        self._in, theirs_out = _pipe()
        log = os.open(os.devnull, os.O_RDWR)
        self._pid = os.posix_spawn(
            program,
            [program, *FLAGS, f"--user-data-dir={self._home}"],
            {**os.environ, "HOME": self._home},
            file_actions=[
                *((os.POSIX_SPAWN_DUP2, log, number) for number in (0, 1, 2)),
                (os.POSIX_SPAWN_DUP2, theirs_in, 3),
                (os.POSIX_SPAWN_DUP2, theirs_out, 4),
            ],
            setpgroup=0,
        )
        for number in (theirs_in, theirs_out, log):
            os.close(number)
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self._ask(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._in)
        os.close(self._out)
        shutil.rmtree(self._home, ignore_errors=True)

    def open(self, path, *, width=1280, height=800, scheme="light"):
        """Shows a file in a window of `width` CSS pixels; returns the addresses it asked for.

        `scheme` is the reader's preferred colour scheme, light or dark.
        """
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        preference = {"name": "prefers-color-scheme", "value": scheme}
        self._ask("Emulation.setEmulatedMedia", media="", features=[preference])
        self._events.clear()
        self._ask("Page.navigate", url=path.resolve().as_uri())
        self._wait_for("Page.loadEventFired")
        return [
            event["params"]["request"]["url"]
            for event in self._events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def emulate_print(self, scheme="light"):
        """Lays the page out as for paper, so that it can be measured."""
        preference = {"name": "prefers-color-scheme", "value": scheme}
        self._ask("Emulation.setEmulatedMedia", media="print", features=[preference])

    @property
    def complaints(self):
        """What the page's console said since it was opened, as of a broken policy or script."""
        spoken = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
        return [event["params"] for event in self._events if event["method"] in spoken]

    def evaluate(self, expression):
        """The value of a JavaScript expression in the page."""
        reply = self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in reply, reply["exceptionDetails"]
        return reply["result"].get("value")

    def screenshot(self, path):
        """Writes the whole page, not only what the window shows, as a PNG."""
        size = self._ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        reply = self._ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(reply["data"]))

    def print_pdf(self, path):
        """Writes the page as printed on A4."""
        reply = self._ask(
            "Page.printToPDF",
            printBackground=True,
            preferCSSPageSize=True,
            paperWidth=8.27,
            paperHeight=11.69,
        )
        path.write_bytes(base64.b64decode(reply["data"]))

    def _ask(self, method, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        while True:
            reply = self._next_message()
            if reply.get("id") == self._number:
                assert "error" not in reply, f"{method}: {reply['error']}"
                return reply["result"]
            self._events.append(reply)

    def _wait_for(self, method):
        while all(event["method"] != method for event in self._events):
            self._events.append(self._next_message())

    def _next_message(self):
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._in], [], [], max(0, deadline - time.monotonic()))
            data = os.read(self._in, 1 << 20) if ready else b""
            assert data, "Chromium ended" if ready else f"Chromium said nothing for {PATIENCE:g} s"
            self._received += data
        message, _, self._received = self._received.partition(b"\0")
        return json.loads(message)


def _pipe():
    """Both ends of a pipe, on numbers that are not those which Chromium expects."""
    ends = []
    for number in os.pipe():
        ends.append(fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(number)
    return ends
