"""A promotion, or a way back, while a service runs: in process, with a registry that is a table."""

import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from bento.following import Following, poll_seconds
from tiny_model import save_tiny

import thermocline.predict as predict
from thermocline.errors import BadConfig, BadFile
from thermocline.predict import champion


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Versions by name and alias; models of versions 1 and 2, and none of 3, can be loaded."""
    folders = {seed: save_tiny(tmp_path / str(seed), int(seed)) for seed in "12"}
    aliases = {"champion": "1"}

    def find(name: str, alias: str) -> SimpleNamespace | None:
        assert name == "thermocline-reconstruct"
        number = aliases.get(alias)
        return None if number is None else SimpleNamespace(name=name, version=number)

    def load(reference: str) -> predict.ServedModel:
        name, _, alias = reference.partition("@")
        number = aliases[alias] if alias else name.rpartition("/")[2]
        if number not in folders:
            raise BadFile("a file is missing", where="version 3", fix="fetch it again")
        served = champion.load_directory(folders[number])
        return replace(served, identity=replace(served.identity, version=number, alias="champion"))

    monkeypatch.setattr(predict, "find_version", find, raising=False)
    monkeypatch.setattr(predict, "load_model", load, raising=False)
    return aliases


def test_who_is_promoted_answers(
    registry: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    found = Following({"reconstruct": predict.load_model("models:/x@champion")}, 0)
    first = found.models
    found.look()
    assert found.models is first
    for number in ("2", "1"):  # a promotion and the way back
        registry["champion"] = number
        before = found.models
        found.look()
        assert found.models["reconstruct"].identity.version == number
        assert before["reconstruct"].identity.version != number  # for those who ask just now
    registry["champion"] = "3"
    found.look()
    assert "version 3 is not taken" in caplog.text
    registry.clear()
    found.look()
    assert found.models["reconstruct"].identity.version == "1"


def test_files_that_cannot_be_had_for_a_moment(
    registry: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model here goes on, and the new one is taken as soon as its files are there."""
    load = predict.load_model
    found = Following({"reconstruct": load("models:/x@champion")}, 0)

    def away(reference: str) -> predict.ServedModel:
        raise predict.NotFetched("the store is away", where=reference)

    registry["champion"] = "2"
    monkeypatch.setattr(predict, "load_model", away, raising=False)
    found.look()
    assert found.models["reconstruct"].identity.version == "1"
    monkeypatch.setattr(predict, "load_model", load, raising=False)
    found.look()
    assert found.models["reconstruct"].identity.version == "2"


def test_a_folder_s_model_is_nobody_s_to_replace(registry: dict[str, str]) -> None:
    served = predict.load_model("models:/x@champion")
    named = replace(served, identity=replace(served.identity, alias="", version="unregistered"))
    registry["champion"] = "2"
    found = Following({"reconstruct": named}, 0)
    found.look()
    assert found.models["reconstruct"] is named


def test_it_looks_by_itself(registry: dict[str, str], tmp_path: Path) -> None:
    found = Following({"reconstruct": predict.load_model("models:/x@champion")}, 0.01)
    registry["champion"] = "2"
    for _ in range(1000):
        if found.models["reconstruct"].identity.version == "2":
            break
        time.sleep(0.01)
    found.ended.set()
    assert found.models["reconstruct"].identity.version == "2"
    (tmp_path / "src").mkdir()
    assert poll_seconds(tmp_path / "src") == 30
    (tmp_path / "bento.yaml").touch()
    assert poll_seconds(tmp_path / "src") == 0  # a Bento keeps what is inside


def test_a_champion_that_was_away_at_the_start_is_taken_when_it_is_there(
    registry: dict[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Damaged, it is tried once, until another is promoted."""
    find, served = predict.find_version, predict.load_model("models:/x@champion")
    monkeypatch.setattr(predict, "find_version", no_answer, raising=False)
    found = Following({}, 0, {"reconstruct"})
    found.look()
    assert not found.models and "gave no answer" in caplog.text
    monkeypatch.setattr(predict, "find_version", find, raising=False)
    registry["champion"] = "3"
    found.look()
    found.look()
    assert not found.models and caplog.text.count("version 3 is not taken") == 1
    registry["champion"] = "1"
    found.look()
    assert found.models["reconstruct"].identity == served.identity and not found.away


def test_a_registry_that_is_back_without_a_champion(
    registry: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was trained here is served, as if the registry had been there at the start."""
    monkeypatch.chdir(tmp_path)
    registry.clear()
    found = Following({}, 0, {"reconstruct"})
    found.look()
    assert not found.models
    save_tiny(tmp_path / "build/models/reconstruct")
    monkeypatch.setattr(predict, "load_model", champion.load_model, raising=False)
    found.look()
    assert found.models["reconstruct"].identity.alias == ""


def test_systems_without_a_model_are_looked_for_by_the_thread(registry: dict[str, str]) -> None:
    found = Following({}, 0.01, {"reconstruct"})
    end = time.monotonic() + 10
    while not found.models and time.monotonic() < end:
        time.sleep(0.01)
    found.ended.set()
    assert found.models["reconstruct"].identity.version == "1"


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "often", "1e9"])
def test_no_number_of_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: str
) -> None:
    monkeypatch.setenv("THERMOCLINE_POLL_SECONDS", seconds)
    with pytest.raises(BadConfig, match=f"THERMOCLINE_POLL_SECONDS: '{seconds}'"):
        poll_seconds(tmp_path)


def no_answer(name: str, alias: str) -> None:
    raise BadFile("the registry gave no answer", where="MLflow registry")
