"""The page's committed bundle is what its sources give."""

import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "bento" / "page"


def test_the_bundle_is_built_from_these_sources(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("no Node here: the page is not built anew")
    page = shutil.copytree(PAGE, tmp_path / "page", ignore=shutil.ignore_patterns("node_modules"))
    got = subprocess.run(["npm", "ci"], cwd=page, capture_output=True, text=True)
    if got.returncode:
        pytest.skip(f"npm cannot fetch the page's packages: {got.stderr[-300:]}")
    shutil.rmtree(page / "dist")
    subprocess.run(["npm", "run", "build"], cwd=page, check=True, capture_output=True)
    built, kept = ({p.name: p.read_bytes() for p in (f / "dist").iterdir()} for f in (page, PAGE))
    assert built.keys() == kept.keys()
    for name, content in built.items():
        assert content == kept[name], f"{name} is older than the sources: run `npm run build`"


def test_no_address_of_a_registry_is_locked() -> None:
    assert '"resolved"' not in (PAGE / "package-lock.json").read_text(encoding="utf-8")
