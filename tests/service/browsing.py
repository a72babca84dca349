"""The page in a headless Chromium."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

PATIENCE = 120_000
"""Milliseconds for what a busy machine takes long for."""


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser that asks nobody but the page; skips where there is none."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium here")
    from playwright.sync_api import sync_playwright

    alone = ["--no-sandbox", "--disable-background-networking"]
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=program, args=alone)


@contextmanager
def page_of(browser: Any, address: str, *, quiet: bool = True) -> Iterator[Any]:
    """The service's page, ready; an error in its script fails the test.

    Args:
        quiet: whether what the browser's console calls an error fails it, too.
    """
    context = browser.new_context(viewport={"width": 1200, "height": 900}, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    page, complaints = context.new_page(), []
    if quiet:
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    page.goto(address)
    page.wait_for_selector("body[data-ready]")
    yield page
    context.close()
    assert not complaints


def run_example(page: Any, route: str) -> None:
    """Ask a question its example, and wait for its answer on the map."""
    page.check(f"input[value={route}]")
    page.click("#example")
    page.wait_for_selector("#status:has-text('example')")
    page.click("#run")
    page.wait_for_selector("#status:has-text('on the map')")
    page.wait_for_selector("body:not([data-busy])")


def click_map(page: Any, across: float, down: float) -> None:
    """Click on the first map, at shares of its width and height."""
    page.locator(".map").first.scroll_into_view_if_needed()
    box = page.locator(".map").first.bounding_box()
    page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
