"""A page in a headless Chromium, as wide as a test asks for."""

import contextlib
import shutil

import pytest
from playwright.sync_api import sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def chromium():
    """The path of a Chromium, or a skip that says what is missing."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(PROGRAMS)} is installed (Debian package chromium)")
    return found


@contextlib.contextmanager
def headless():
    """A Browser on a new Chromium, which ends with the context."""
    program = chromium()
    with sync_playwright() as playwright:
        with playwright.chromium.launch(executable_path=program) as started:  # without sandbox, as for root
            yield Browser(started)


class Browser:
    """One page at a time, of a Chromium that Playwright has started."""

    def __init__(self, started):
        self._started, self._page = started, None

    def open(self, path, *, width=1280, scheme="light"):
        """Shows a file in a window of `width` CSS pixels; returns the addresses it asked for.

        `scheme` is the reader's preferred colour scheme, light or dark. `complaints` is what the console
        says from then on, as of a broken policy or script.
        """
        if self._page:
            self._page.context.close()
        asked, self.complaints = [], []
        window = {"width": width, "height": 800}
        # A telephone lays a page out by its own viewport, a narrow window does not.
        context = self._started.new_context(viewport=window, is_mobile=width < 600, color_scheme=scheme)
        self._page = context.new_page()
        self._page.on("request", lambda request: asked.append(request.url))
        self._page.on("console", lambda message: self.complaints.append(message.text))
        self._page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self._page.goto(path.resolve().as_uri())
        return asked

    def emulate_print(self):
        """Lays the page out as for paper, so that it can be measured."""
        self._page.emulate_media(media="print")

    def evaluate(self, expression):
        """The value of a JavaScript expression in the page."""
        return self._page.evaluate(expression)

    def print_pdf(self, path):
        """Writes the page as printed on A4."""
        self._page.pdf(path=path, format="A4", print_background=True, prefer_css_page_size=True)
