"""Contracts: every version ever written is still read, and answers as it did."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from thermocline.errors import BadFile
from thermocline.systems.reconstruct.endpoints.analysis import analyse
from thermocline.systems.reconstruct.endpoints.tables import observations_from_table
from thermocline.systems.reconstruct.model.contract import ReconstructContract
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.systems.reconstruct.model.migrations import CURRENT, migrate

GOLDEN = Path(__file__).with_name("golden")
VERSIONS = range(1, CURRENT + 1)


def test_every_version_has_a_golden_model():
    found = sorted(path.name for path in GOLDEN.iterdir())
    assert found == [f"contract_v{version}" for version in VERSIONS]
    for version in VERSIONS:
        written = json.loads((GOLDEN / f"contract_v{version}/contract.json").read_text())
        assert written["contract_version"] == version


@pytest.mark.parametrize("version", VERSIONS)
def test_golden_models_answer_as_they_did(version):
    """To 1e-4 °C, on any processor: what a version means may not drift."""
    folder = GOLDEN / f"contract_v{version}"
    model = Reconstructor.load(folder)
    assert model.contract.contract_version == CURRENT
    expected = json.loads((folder / "answer.json").read_text())
    answer = analyse(
        model,
        observations_from_table(pd.DataFrame(expected["observations"])),
        expected["date"],
        expected["members"],
        expected["seed"],
    )
    for name in ("mean", "std"):
        field = getattr(answer, name)[:, ::3, ::5]
        np.testing.assert_allclose(field, np.array(expected[name], float), atol=1e-4)


def test_version_one_served_an_unconditional_prior():
    old = json.loads((GOLDEN / "contract_v1/contract.json").read_text())
    assert "masking" not in old and "strength" not in old["sampling"]
    contract = ReconstructContract.load(GOLDEN / "contract_v1/contract.json")
    assert contract.masking.ratio == 1 and contract.sampling.strength == 1
    assert contract.weights.served == "ema"


def test_migration_keeps_what_it_does_not_know():
    old = {"contract_version": 1, "sampling": {"steps": 3}, "extra": 1}
    new = migrate(old, "here")
    assert new["sampling"] == {"steps": 3, "strength": 1.0, "trust": False} and new["extra"] == 1
    assert old == {"contract_version": 1, "sampling": {"steps": 3}, "extra": 1}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"contract_version": CURRENT + 1}, f"version {CURRENT + 1}.*up to {CURRENT}"),
        ({"contract_version": "2"}, "version '2'"),
        ({"contract_version": None}, "version None"),
        ({"contract_version": 0}, "version 0"),
        ({"depth": "deep"}, "depth"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_other_contracts_are_refused_in_words(tmp_path, change, words):
    folder = tmp_path / "model"
    shutil.copytree(GOLDEN / f"contract_v{CURRENT}", folder)
    values = json.loads((folder / "contract.json").read_text())
    (folder / "contract.json").write_text(json.dumps(values | change))
    with pytest.raises(BadFile, match=words):
        Reconstructor.load(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "7"])
def test_damaged_contracts(tmp_path, text):
    (tmp_path / "contract.json").write_text(text)
    with pytest.raises(BadFile, match="not a contract"):
        ReconstructContract.load(tmp_path / "contract.json")
