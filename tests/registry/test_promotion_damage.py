"""Versions that are damaged, changed, moved or another system's are not promoted."""

from pathlib import Path

import pytest
from made import NAME, add_version, asked_otherwise, champion, easier

from thermocline.errors import BadData, BadFile
from thermocline.predict.tracking import tracking_uri
from thermocline.registry.aliases.log import entries
from thermocline.registry.comparing.compare import read_card
from thermocline.registry.promotion.promote import promote
from thermocline.registry.store.connection import connect
from thermocline.registry.store.reader import open_reader
from thermocline.registry.versions.checksums import checksums
from thermocline.registry.versions.evaluations import stored_board


def test_a_better_model_that_is_damaged(store: Path, config) -> None:
    """It could not answer; nobody is champion by it, and the log says nothing."""
    client = connect()
    promote(client, NAME, add_version(store, 0.7), config)
    for number in ("2", "3"):
        add_version(store, 0.5)
        files = store / f"files-{NAME}-{int(number) - 1}"
        weights = files / "artifacts/reconstruct/weights.safetensors"
        weights.unlink() if number == "2" else (files / "MLmodel").unlink()
        with pytest.raises(BadFile, match=r"weights\.safetensors|MLmodel"):
            promote(client, NAME, number, config)
    assert champion() == "1" and len(entries(client, NAME)) == 1


def test_an_evaluation_that_was_changed(store: Path, config) -> None:
    client = connect()
    promote(client, NAME, add_version(store, 0.7), config)
    add_version(store, 0.84)
    files = store / f"files-{NAME}-1"
    for key, value in checksums(files).items():
        client.set_model_version_tag(NAME, "2", key, value)
    stored_board(client.get_model_version(NAME, "2"))
    asked_otherwise(files, easier, "cases.json")
    with pytest.raises(BadData, match=r"changed since it was registered.*thermocline verify"):
        promote(client, NAME, "2", config)
    assert champion() == "1"


def test_files_that_are_elsewhere(store: Path, config) -> None:
    """A project's folder that was moved: MLflow's addresses are absolute."""
    client = connect()
    version = add_version(store, 0.7)
    place = store / f"files-{NAME}-0"
    place.rename(store / "elsewhere")
    reader = open_reader(tracking_uri())
    assert reader is not None
    for found in (client.get_model_version(NAME, version), reader.get_model_version(NAME, version)):
        for ask in (stored_board, lambda each: read_card(client, each)):
            with pytest.raises(BadData, match=f"{place} is no folder here → move the folder"):
                ask(found)


def test_another_system_s_model(store: Path, config) -> None:
    """MLflow copies versions from model to model."""
    client = connect()
    add_version(store, 0.7)
    copy = client.copy_model_version(f"models:/{NAME}/1", "thermocline-superres")
    with pytest.raises(BadData, match="a model of the system 'reconstruct', under the name of"):
        promote(client, "thermocline-superres", str(copy.version), config)
