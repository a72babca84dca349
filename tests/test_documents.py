"""README and docs: commands as they are written are understood, and what is linked is there."""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from thermocline.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = [
    pytest.param(words, id=f"{page.stem}: {' '.join(words)[:60]}")
    for page in PAGES
    for block in re.findall(r"^```\w*\n(.*?)^```", page.read_text("utf-8"), re.S | re.M)
    for line in re.sub(r"\\\n", " ", block).splitlines()
    if line.startswith("thermocline ") and (words := shlex.split(line, comments=True))
]
BARE = {"champion", "candidate"}


@pytest.mark.parametrize("words", COMMANDS)
def test_commands_are_understood(words: list[str]) -> None:
    """Their names, options and number of arguments; and of which system a bare alias is."""
    group: Any = typer.main.get_command(app)
    rest = words[1:]
    while hasattr(group, "resolve_command"):
        name, group, rest = group.resolve_command(typer.Context(group), rest)
    context = group.make_context(name, rest)
    given = {value for value in context.params.values() if isinstance(value, str)}
    assert not given & BARE or context.params.get("system"), "a bare alias without --system"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_are_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_bundled_files_of_the_commands_are_bundled() -> None:
    """Those that the README names, by DVC's listing of data/."""
    (data,) = yaml.safe_load((ROOT / "data.dvc").read_text())["outs"]
    listing = ROOT / "storage" / "files" / "md5" / data["md5"][:2] / data["md5"][2:]
    bundled = {f"data/{each['relpath']}" for each in json.loads(listing.read_text())}
    named = set(re.findall(r"data/\S+\.nc", (ROOT / "README.md").read_text("utf-8")))
    assert len(named) >= 4 and named <= bundled, named - bundled


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 40


def test_it_is_cited_as_it_is_packaged() -> None:
    """CITATION.cff has the version and the licence of pyproject.toml."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (cited["version"], cited["license"]) == (project["version"], project["license"])
    assert cited["cff-version"] == "1.2.0" and cited["authors"] and cited["title"]
