"""A real browser for the tests of pages: what it complained of, and what it asked the network for.

A pytest plugin, loaded by ``conftest.py``: fixture ``browse`` opens a file or an address in headless Chromium.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update")


@dataclass
class Seen:
    """An open page. ``complaints`` are errors and warnings of its console; ``requests`` all addresses it asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def overflow_px(self) -> int:
        """By how much the page is wider than its window."""
        width = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return int(width)


Browse = Callable[..., Seen]
"""``browse(place, width=1400, height=900, dark=False)``: open a file or an address and wait until it is drawn."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium; skip where there is none, except in CI, which installs it."""
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        missing = "no Chromium: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield started
        started.close()


@pytest.fixture
def browse(browser: Browser) -> Iterator[Browse]:
    """Open pages, each in a context of its own; all are closed at the end."""
    contexts = []

    def look(place: Path | str, *, width: int = 1400, height: int = 900, dark: bool = False) -> Seen:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        seen = Seen(context.new_page())

        def complained(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                seen.complaints.append(message.text)

        def asked(request: Request) -> None:
            seen.requests.append(request.url)

        seen.page.on("console", complained)
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("request", asked)
        seen.page.goto(place.resolve().as_uri() if isinstance(place, Path) else place)
        seen.page.wait_for_function(
            "[...document.querySelectorAll('[data-chart]')].every(box => box.querySelector('svg'))"
        )
        return seen

    yield look
    for context in contexts:
        context.close()
