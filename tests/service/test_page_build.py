"""The page's committed bundle is what its sources give; axe finds nothing wrong with it."""

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from browsing import PATIENCE, chromium, click_map, run_example

PAGE = Path(__file__).resolve().parents[2] / "bento" / "page"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the page's sources with its packages."""
    if shutil.which("npm") is None:
        pytest.skip("no Node here")
    copy = tmp_path_factory.mktemp("build") / "page"
    shutil.copytree(PAGE, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    got = subprocess.run(["npm", "ci"], cwd=copy, capture_output=True, text=True)
    if got.returncode:
        pytest.skip(f"npm cannot fetch the page's packages: {got.stderr[-300:]}")
    return copy


def test_the_bundle_is_built_from_these_sources(sources: Path) -> None:
    subprocess.run(["npm", "run", "build"], cwd=sources, check=True, capture_output=True)
    built, kept = (
        {p.name: p.read_bytes() for p in (f / "dist").iterdir()} for f in (sources, PAGE)
    )
    assert built.keys() == kept.keys()
    for name, content in built.items():
        assert content == kept[name], f"{name} is older than the sources: run `npm run build`"


def test_no_address_of_a_registry_is_locked() -> None:
    assert '"resolved"' not in (PAGE / "package-lock.json").read_text(encoding="utf-8")


def test_colours_are_those_of_cmocean(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    subprocess.run([sys.executable, PAGE / "colours.py"], cwd=tmp_path, check=True)
    made, kept = (folder / "src" / "colours.ts" for folder in (tmp_path, PAGE))
    assert made.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")


@pytest.mark.slow
def test_nothing_serious_for_axe(server: httpx.Client, sources: Path) -> None:
    axe = (sources / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    with chromium() as browser:
        for scheme, width in (("light", 1200), ("dark", 390)):
            size = {"width": width, "height": 900}
            page = browser.new_page(viewport=size, color_scheme=scheme, bypass_csp=True)
            page.set_default_timeout(PATIENCE)
            page.goto(str(server.base_url))
            page.wait_for_selector("body[data-ready]")
            run_example(page, "reconstruct")
            click_map(page, 0.45, 0.5)
            page.locator("#profile figure svg").wait_for()
            page.evaluate(axe)
            found = page.evaluate("axe.run()")["violations"]
            assert not [(one["id"], one["nodes"][0]["target"]) for one in found], (scheme, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.close()
