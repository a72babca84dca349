"""The stages of `superres` on a tiny store: from pairs to a scoreboard, with nothing forgotten."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from superres_world import FACTOR, SMALL, pairs

from thermocline import systems
from thermocline.baselines.downscaling.regression import DownscalingRegression
from thermocline.config import Config
from thermocline.errors import BadFile
from thermocline.ocean.blocks import block_mean
from thermocline.systems.config import load_config
from thermocline.systems.learning import CALIBRATED_CRPS, COST, CRPS
from thermocline.systems.paths import StagePaths
from thermocline.systems.superres.baselines.first_guess import (
    FIRST_GUESS,
    REGRESSION,
    first_guess_digest,
)
from thermocline.systems.superres.data.pairs import Pairs
from thermocline.systems.superres.data.prepare import write_pairs
from thermocline.systems.superres.evaluation.scoring import score_downscaled
from thermocline.systems.superres.model.method import Superresolver
from thermocline.systems.superres.model.training import training_key
from thermocline.verify.board.boardfiles import read_board
from thermocline.verify.metrics.scores import pool

ROOT = Path(__file__).resolve().parents[2]
BLOCKS, SOUTH, WEST = 4, -44.0, 148.0
PERIODS = {
    "train": {"members": ["r1"], "first": 1990, "last": 1990},
    "validation": {"members": ["r1"], "first": 1991, "last": 1991},
    "test": {"members": ["truth"], "first": 1991, "last": 1991},
}
STAGES = ("classical", "train", "calibrate", "evaluate")


def config() -> Config:
    """The shipped settings on a box of 4 × 4 blocks, with the smallest network."""
    size = BLOCKS * 0.25 * FACTOR
    values = {f"data.{split}": period for split, period in PERIODS.items()}
    values["superres.data.size"] = size
    values["superres.data.boxes"] = {"here": [SOUTH, WEST]}
    values["superres.data.withheld"] = []
    for section, part in SMALL.items():
        place = "superres.model.network" if section == "network" else f"superres.{section}"
        values |= {f"{place}.{name}": value for name, value in part.items()}
    values["superres.training.precision"] = "32-true"
    values["superres.baselines.oi"] = {"kernels": [["exponential"]], "lags": [2], "reaches": [1]}
    values["superres.baselines.regression"] = {"reaches": [1], "ridges": [0.01], "classes": [1, 2]}
    values |= {"superres.evaluate.members": 3, "superres.evaluate.bootstrap": 50}
    return load_config(ROOT / "params.yaml", values)


def archive(member: str, first: str, count: int, seed: int) -> tuple[xr.Dataset, xr.Dataset]:
    """Fine and coarse days of random seas, as the sources give them."""
    made = pairs(count, BLOCKS, BLOCKS, seed, land=True)
    grid, truths = made[0][0].grid, np.stack([truth for _, truth in made])
    days = np.datetime64(first, "ns") + np.arange(count) * np.timedelta64(7, "D")
    rng = np.random.default_rng(seed)
    means = np.stack([block_mean(truth, grid.cell_area(), FACTOR) for truth in truths])
    means += 0.05 * rng.standard_normal(means.shape)
    axes = [axis.reshape(-1, FACTOR).mean(axis=1) for axis in (grid.latitude, grid.longitude)]

    def dataset(values: np.ndarray, latitude: np.ndarray, longitude: np.ndarray) -> xr.Dataset:
        dims = ("time", "depth", "latitude", "longitude")
        coordinates = {"time": days, "depth": [0.0], "latitude": latitude, "longitude": longitude}
        fields = {"tos": (dims, values[:, None].astype(np.float32))}
        return xr.Dataset(fields, coordinates, {"member": member})

    return dataset(truths, grid.latitude, grid.longitude), dataset(means, *axes)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder in which every stage after the store was run."""
    folder, settings = tmp_path_factory.mktemp("superres"), config()
    files = [
        archive("r1", "1990-01-03", 8, 1),
        archive("r1", "1991-01-03", 4, 2),
        archive("truth", "1991-01-05", 4, 3),
    ]
    fine, coarse = zip(*files, strict=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        place = StagePaths("superres", settings)
        write_pairs(place.store, fine, coarse, settings.superres.data, settings.data)
        track = lambda each, label: each
        for room in (place.baselines, place.report, place.training):
            room.mkdir(parents=True)
        systems.get("superres").tune_baselines(settings, place.baselines)
        training = systems.get("superres").training(settings)
        history = training.run(place.checkpoints / training.key, lambda step, metrics: None)
        training.save(place.training)
        assert [step for step, _ in history] == [4, 8, 12]
        model, told = systems.get("superres").calibrate(settings, track)
        assert told
        model.save(place.model)
        systems.get("superres").evaluate(settings, place.report, track)
    return folder


@pytest.fixture
def place(built: Path, monkeypatch: pytest.MonkeyPatch) -> StagePaths:
    monkeypatch.chdir(built)
    return StagePaths("superres", config())


def test_the_contract_holds_the_size_of_the_blocks_that_were_learned(place: StagePaths) -> None:
    contract = json.loads((place.model / "contract.json").read_text())
    store = Pairs.open(place.store)
    latitude = next(iter(store.grids.values())).latitude
    assert contract["block"] == pytest.approx(5 * float(latitude[1] - latitude[0]), abs=1e-6)


def test_every_method_is_scored_on_every_day(place: StagePaths) -> None:
    board = read_board(place.report)
    assert {row.method for row in board.rows} == {
        *("thermocline", "bicubic", "lanczos", "oi", "regression")
    }
    assert {row.cases for row in board.rows} == {4}
    assert {row.group for row in board.rows} == {("blocks", 1 / FACTOR**2, "tos")}
    assert board.context.period == "truth/1991-1991"
    drawn = {path.stem for path in (place.report / "figures").glob("*.png")}
    assert drawn >= {"summary", "gradients", "by_basin", "rank_histogram", "here"}
    assert all(json.loads((place.baselines / "tuning.json").read_text()).values())


def test_the_scored_model_is_the_one_that_was_kept(place: StagePaths) -> None:
    """Asked again of the first day, with the same noise."""
    problem, truth = Pairs.open(place.store).pairs("test")[0]
    model = Superresolver.load(place.model)
    answer = model.analyse(problem, 3, place.config.seed)
    (case,) = (
        case
        for case in json.loads((place.report / "cases.json").read_text())
        if case["method"] == "thermocline" and case["case"] == problem.case
    )
    assert score_downscaled(answer, problem, truth).crps == pytest.approx(case["crps"], rel=1e-6)


def test_trained_once(place: StagePaths) -> None:
    """A second call finds the training done, and gives the same weights; other data, another."""
    training = systems.get("superres").training(place.config)
    before = Superresolver.load(place.training).denoiser.network.state_dict()
    seen: list[int] = []
    training.run(place.checkpoints / training.key, lambda step, metrics: seen.append(step))
    training.save(again := place.root / "again")
    after = Superresolver.load(again).denoiser.network.state_dict()
    assert not seen and all(torch.equal(before[name], after[name]) for name in before)
    key = training_key
    first_guess = first_guess_digest(place.config.superres.model, place.baselines)
    assert key(place.config, training.data_digest, first_guess) == training.key
    assert training.key != key(place.config, "other", first_guess)
    assert training.key != key(place.config, training.data_digest, "another regression")


def test_starts_from_the_tuned_regression(place: StagePaths) -> None:
    """It is kept beside the weights, and a model without it is refused by name."""
    tuned = DownscalingRegression.load(place.baselines / REGRESSION)
    model = Superresolver.load(place.model)
    assert isinstance(model.first_guess, DownscalingRegression)
    np.testing.assert_array_equal(model.first_guess.filters, tuned.filters)
    shutil.copytree(place.model, without := place.root / "without")
    (without / FIRST_GUESS).unlink()
    with pytest.raises(BadFile, match="no regression to start from"):
        Superresolver.load(without)


def test_examined_as_scored(place: StagePaths) -> None:
    """CRPS of members before the gate, against verification's own sums."""
    examiner = systems.get("superres").trials(place.config)
    model = Superresolver.load(place.training)  # its gate is open
    found = examiner.score(model)
    scores = [
        score_downscaled(model.analyse(pair[0], 3, seed), *pair) for seed, pair in examiner.cases
    ]
    assert found[CRPS] == pytest.approx(pool(scores).crps, rel=1e-5)
    assert examiner.quick_score(model) == pytest.approx(pool(scores[::2]).crps, rel=1e-5)
    assert 0 < found[CALIBRATED_CRPS] < 5 and found[COST] > 0
    each = [case.crps for case in found.cases]
    assert each == pytest.approx([score.crps for score in scores], rel=1e-5)
    fewer = model.contract.config.sampling.model_copy(update={"steps": 1})
    settings = model.contract.config.model_copy(update={"sampling": fewer})
    cheap = replace(model, contract=model.contract.model_copy(update={"config": settings}))
    assert examiner.score(cheap)[COST] < found[COST] / 2
