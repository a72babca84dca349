"""What is served when the service starts: nobody takes a champion's place because it is away."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from bento.following import Following
from bento.models import Away, find_models
from tiny_model import save_tiny
from tiny_superres import save_tiny_superres

import thermocline.predict as predict
from thermocline.errors import BadFile
from thermocline.predict import champion

NO_ANSWER = BadFile("the registry gave no answer", where="MLflow registry")
DAMAGED = BadFile("superres.json differs from the manifest", where="version 1")
AWAY = [NO_ANSWER, DAMAGED]
Registry = dict[str, BadFile | str]
"""By system."""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """What the registry says of the champion of a system: none, an error, or what loading raises.

    Every system has a model in build/models, which nobody promoted.
    """
    said: Registry = {}
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THERMOCLINE_MODEL", raising=False)
    folder = save_tiny(tmp_path / "build/models/reconstruct")
    save_tiny_superres(tmp_path / "build/models/superres")

    def find(name: str, alias: str) -> SimpleNamespace | None:
        answer = said.get(name.removeprefix("thermocline-"))
        if isinstance(answer, BadFile) and answer is NO_ANSWER:
            raise answer
        return SimpleNamespace(name=name, version="1") if answer else None

    def load(system: str) -> predict.ServedModel:
        answer = said[system]
        if isinstance(answer, BadFile):
            raise answer
        served = champion.load_directory(folder)
        return replace(served, identity=replace(served.identity, alias="champion"))

    monkeypatch.setattr(predict, "find_version", find, raising=False)
    monkeypatch.setattr(predict, "load_champion", load, raising=False)
    return said


@pytest.mark.parametrize("problem", AWAY)
def test_a_champion_that_cannot_be_had_is_replaced_by_nobody(
    registry: Registry, problem: BadFile, caplog: pytest.LogCaptureFixture
) -> None:
    """Other systems are served; the log says why this one is not."""
    registry |= {"reconstruct": "good", "superres": problem}
    away: Away = {}
    found = find_models(Path(), away)
    assert {system: served.identity.alias for system, served in found.items()} == {
        "reconstruct": "champion"
    }
    assert away == {"superres": problem}
    assert problem.what in caplog.text and "no champion of superres" not in caplog.text


@pytest.mark.parametrize("problem", AWAY)
def test_a_start_with_nothing_else_to_serve_ends_with_the_error(
    registry: Registry, problem: BadFile
) -> None:
    registry |= dict.fromkeys(("reconstruct", "superres"), problem)
    with pytest.raises(BadFile) as ended:
        find_models(Path())
    assert ended.value is problem


@pytest.mark.parametrize("problem", AWAY)
def test_a_service_that_looks_again_begins_with_nothing(
    registry: Registry, problem: BadFile
) -> None:
    registry |= dict.fromkeys(("reconstruct", "superres"), problem)
    away: Away = {}
    assert find_models(Path(), away) == {}
    assert set(away) == {"reconstruct", "superres"}


def test_it_is_ready_once_a_model_is_there_or_none_is_awaited(tmp_path: Path) -> None:
    one = champion.load_directory(save_tiny_superres(tmp_path / "superres"))
    assert not Following({}, 0, {"reconstruct"}).ready
    assert Following({"superres": one}, 0, {"reconstruct"}).ready and Following({}, 0).ready


def test_what_was_trained_here_is_served_where_the_registry_has_no_champion(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    away: Away = {}
    found = find_models(Path(), away)
    assert set(found) == {"reconstruct", "superres"} and not away
    assert "no champion of superres in the registry: serving build/models/superres" in caplog.text
