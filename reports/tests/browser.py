"""Headless Chromium, the one that the system has: for the tests of the report and for `reports.bench`. Needs the `dev` extra."""

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from reports.errors import UsageError

_NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = (
    "No Chromium is here, and the report cannot be tested without one. As root on Debian `python -m environments.setup browser` "
    "installs it; elsewhere install the package chromium (131 or newer), so that `chromium --version` answers."
)


def executable() -> str:
    """The browser's path. Raises UsageError, saying what to install, where there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise UsageError(NO_BROWSER)
    return found


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser; nothing is downloaded. Raises UsageError where none is installed."""
    path = executable()
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
