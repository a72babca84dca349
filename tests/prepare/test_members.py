"""Members of several models: called alike in their files, told apart by the configuration."""

import shutil
from pathlib import Path

import pytest
from tiny_archive import DATA, member

from thermocline.config import DataConfig
from thermocline.errors import BadFile
from thermocline.prepare.split import listed
from thermocline.systems.reconstruct.data.raw import fields

MODELS = ("CanESM5", "MPI-ESM1-2-HR")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """r1 of two models, as CMIP6 has it, and the truth."""
    for room, name, model in (
        *(("cmip6", "r1", model) for model in MODELS),
        ("nature", "truth", "Nature"),
    ):
        (tmp_path / room).mkdir(exist_ok=True)
        dataset = member(name, range(1990, 1991)).assign_attrs(
            source_id=model, variant_label="r1i1p1f1"
        )
        path = tmp_path / room / f"thetao_Omon_{model}_historical_r1i1p1f1_gn.nc"
        dataset.to_netcdf(path)
    return tmp_path


def data(folder: Path, *members: str) -> DataConfig:
    train = DATA.train.model_copy(update={"members": members})
    return DATA.model_copy(update={"raw": folder, "train": train, "validation": train})


def members(config: DataConfig) -> list[str]:
    found = []
    for file in fields(config):
        with file.open() as dataset:
            found.append(str(dataset.attrs["member"]))
    return sorted(found)


def test_the_configuration_may_name_the_model_before_the_member(folder: Path) -> None:
    assert members(data(folder, "r1", "r2")) == ["r1", "r1", "truth"]
    both = [f"{model}_r1" for model in MODELS]
    assert members(data(folder, *both)) == [*both, "truth"]
    assert members(data(folder, both[0])) == [both[0], "r1", "truth"]


def test_the_truth_is_read_only_where_a_split_names_it(folder: Path) -> None:
    """Who trains and tests on simulations of their own has no nature run."""
    first, second = (f"{model}_r1" for model in MODELS)
    test = DATA.test.model_copy(update={"members": (second,)})
    own = data(folder, first).model_copy(update={"test": test})
    assert members(own) == [first, second]
    shutil.rmtree(folder / "nature")
    assert members(own) == [first, second]
    with pytest.raises(BadFile, match="nature: no thetao_"):
        fields(data(folder, first))


def test_a_member_without_a_name_can_be_read_in_a_message() -> None:
    assert listed(["r2", "", "r1"]) == '"", r1, r2' and listed([]) == "none"
