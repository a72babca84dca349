"""The rest of the house names no system: what is a system's own is in its folder."""

import re
from pathlib import Path

import pytest
import yaml

from thermocline import systems

ROOT = Path(__file__).resolve().parents[2]
PLACES = [
    path
    for folder in ("src", "pipelines", "bento")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".yaml", ".j2", ".toml", ".ts", ".css", ".html")
    and "node_modules" not in path.parts
]
OWN = ROOT / "src" / "thermocline" / "systems"


@pytest.mark.parametrize("name", systems._built_in())
def test_no_name_outside_its_folder(name: str) -> None:
    word = re.compile(rf"(?<![a-z]){name}(?![a-z])", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in PLACES
        if OWN / name not in path.parents
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if word.search(line)
    ]
    assert not found, found


def test_one_line_of_the_pipeline() -> None:
    pipeline = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    stages = yaml.safe_dump(pipeline["stages"])
    assert [list(each) for each in pipeline["vars"]] == [["systems"]]
    assert sorted(pipeline["vars"][0]["systems"]) == list(systems._built_in())
    assert not [name for name in systems._built_in() if name in stages]
