"""Pictures of the service's page for the docs, of a service that runs.

    python docs/page_pictures.py --url http://localhost:3000 --output docs/images

Needs Chromium, and playwright of the `dev` extra.
"""

import argparse
import os
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

PICTURES = {
    "page.png": {"route": "reconstruct", "width": 1200, "height": 1180, "scheme": "light"},
    "page_dark.png": {"route": "seaice", "width": 1200, "height": 860, "scheme": "dark"},
}


def main() -> None:
    """Take every picture."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://localhost:3000")
    parser.add_argument("--output", type=Path, default=Path("docs/images"))
    given = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=sandbox)
        for name, about in PICTURES.items():
            size = {"width": about["width"], "height": about["height"]}
            page = browser.new_page(viewport=size, color_scheme=about["scheme"])
            page.set_default_timeout(300_000)
            take(page, given.url, str(about["route"]))
            picture = Image.open(BytesIO(page.screenshot()))
            picture.quantize(160).save(given.output / name, optimize=True)
            print(given.output / name)


def take(page: Any, url: str, route: str) -> None:
    """Ask a question its example; look at a profile, if the answer has depths."""
    page.goto(url)
    page.wait_for_selector("body[data-ready]")
    page.check(f"input[value={route}]")
    page.click("#example")
    page.wait_for_selector("#status:has-text('example')")
    page.click("#run")
    page.wait_for_selector("#status:has-text('on the map')")
    page.wait_for_selector("body:not([data-busy])")
    if page.is_visible("#deep"):
        box = page.locator(".map").first.bounding_box()
        page.mouse.click(box["x"] + 0.42 * box["width"], box["y"] + 0.5 * box["height"])
        page.locator("#profile figure svg").first.wait_for()
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    main()
