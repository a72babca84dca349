"""Systems are found by name: those of the package, and those that others plug in."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from plugging import plug_in, unplug

from thermocline import systems
from thermocline.errors import BadConfig, BadFile

HERE = Path(__file__).resolve().parent
ELSEWHERE = SimpleNamespace(name="tides")


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(HERE))
    yield
    monkeypatch.undo()
    unplug()


def test_every_name_is_that_of_its_system() -> None:
    assert systems.names() and list(systems.names()) == sorted(systems.names())
    for name in systems.names():
        assert systems.get(name).name == name and systems.get(name) is systems.get(name)


def test_unknown_name() -> None:
    near = systems.names()[0][:-1]
    with pytest.raises(BadConfig, match=f"did you mean '{systems.names()[0]}'"):
        systems.get(near)


def test_plugged_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = systems.names()
    plug_in(monkeypatch, "tides", "test_names:ELSEWHERE")
    assert systems.names() == (*before, "tides")
    assert systems.get("tides").name == "tides"
    (tmp_path / "contract.json").write_text(json.dumps({"system": "tides"}))
    assert systems.system_of(tmp_path) == "tides"
    plug_in(monkeypatch, "waves", "test_names:ELSEWHERE")
    with pytest.raises(BadConfig, match="plugged in as 'waves'"):
        systems.get("waves")
    with pytest.raises(BadFile, match="not installed"):
        systems.system_of(tmp_path)


@pytest.mark.parametrize("value", ["test_names:ABSENT", "absent_module:SYSTEM"])
def test_what_cannot_be_imported_is_told(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    plug_in(monkeypatch, "tides", value)
    with pytest.raises(BadConfig, match=rf"{value}: the system 'tides' .*(ABSENT|absent_module)"):
        systems.get("tides")


def test_systems_are_looked_up_without_heavy_packages() -> None:
    script = (
        "import sys\nfrom thermocline import systems\n"
        "for name in systems.names(): systems.get(name)\n"
        "print(*{'numpy', 'xarray', 'torch', 'mlflow', 'pandas'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert found.returncode == 0 and found.stdout.strip() == "", found
