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


def run_example(page: Any, route: str) -> None:
    """Ask a question its example, and wait for its answer on the map."""
    page.check(f"input[value={route}]")
    page.click("#example")
    page.wait_for_url("**members*")
    page.click("#run")
    page.wait_for_selector("#status:has-text('on the map')")
    page.wait_for_selector("body:not([data-busy])")


def click_map(page: Any, across: float, down: float) -> None:
    """Click on the first map, at shares of its width and height."""
    page.locator(".map").first.scroll_into_view_if_needed()
    box = page.locator(".map").first.bounding_box()
    page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
