"""Wrong observations are wrong as described; scores and tables are made of them."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.robustness.__main__ import Setting
from benchmarks.robustness.report import markdown
from benchmarks.robustness.scenarios import BASIN, GROSS, SCENARIOS, SHARE

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.ocean.basins import BASINS
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.statistics import Statistics
from thermocline.systems.config import load_config
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.verify.metrics.sums import basin_index

ROOT = Path(__file__).parents[2]
GRID = LatLonGrid.regular(16, 32)
SHAPE = (3, *GRID.shape)
OCEAN = np.ones(SHAPE, bool)
OCEAN[:, :, 20:24] = False


class Shelf:
    """A store of a few smooth states."""

    grid, depth = GRID, np.array([5.0, 50.0, 500.0])
    statistics = Statistics(np.zeros((12, *SHAPE), "f4"), np.full(SHAPE, 0.5, "f4"), OCEAN)

    def states(self, split: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
        rng = np.random.default_rng(len(split))
        modes = rng.standard_normal((40, 1, 4, 8)).repeat(4, axis=2).repeat(4, axis=3)
        fields = (modes * OCEAN).astype(np.float32)
        months = np.arange(40) % 12 + 1
        return fields, months, [f"a/{2000 + i // 12}-{m:02d}" for i, m in enumerate(months)]

    def digest_of(self, split: str) -> str:
        return split

    def serial(self, split: str) -> np.ndarray:
        return np.arange(40)

    def masks(self, split: str) -> np.ndarray:
        return OCEAN


@pytest.fixture(scope="module")
def setting() -> Setting:
    overrides = {
        "reconstruct.evaluate.months": 3,
        "reconstruct.evaluate.members": 2,
        "reconstruct.evaluate.bootstrap": 50,
    }
    config, store = load_config(ROOT / "params.yaml", overrides), Shelf()
    serial = store.serial("train")
    ensemble = EnsembleOI.of(*store.states("train")[:2], GRID, 6000.0, serial=serial)
    ours = SimpleNamespace(name="thermocline", ensemble=ensemble, analyse=ensemble.analyse)
    return Setting(config, store, ours, EvaluationSet(store, config, "test"), 0.2)  # type: ignore[arg-type]


def asked(setting: Setting, name: str):
    case = next(setting.book.columns(setting.density))
    wrong = SCENARIOS[name](case, setting.store, setting.config, np.random.default_rng(0))
    return case, wrong.problem, wrong.gross


def test_doubled_errors_are_twice_the_same_errors(setting):
    case, problem, gross = asked(setting, "doubled")
    seen, error = problem.observed, case.problem.y - case.truth
    np.testing.assert_allclose((problem.y - case.truth)[seen], 2 * error[seen], atol=1e-5)
    assert not gross.any() and np.array_equal(problem.s_y, case.problem.s_y)


@pytest.mark.parametrize("name", ["gross_columns", "gross_values"])
def test_gross_errors_are_where_they_are_said_to_be(setting, name):
    case, problem, gross = asked(setting, name)
    change = 0.5 * (problem.y - case.problem.y)
    assert np.array_equal(change != 0, gross) and np.abs(change).max() <= GROSS
    assert gross.sum() / problem.observed.sum() == pytest.approx(SHARE, abs=0.08)
    alike = np.ptp(np.where(gross, change, np.nan)[:, gross.any(axis=0)], axis=0)
    assert np.all(alike < 1e-5) == (name == "gross_columns")


def test_one_basin_holds_as_many_columns_as_all_would(setting):
    case, problem, _ = asked(setting, "one_basin")
    inside = basin_index(GRID) == BASINS.index(BASIN)
    assert not problem.observed[:, ~inside].any()
    count = min(case.problem.observed[0].sum(), (inside & OCEAN[0]).sum())
    assert problem.observed[0].sum() == count


def test_nothing_is_nothing(setting):
    _, problem, gross = asked(setting, "nothing")
    assert not problem.observed.any() and not problem.y.any() and not gross.any()


def test_scores_and_report(setting):
    """Checks change nothing without observations, and save an answer from gross errors."""
    scored = {name: setting.score(name) for name in ("nothing", "gross_values")}
    rmse = {name: {r.method: r.rmse for r in board.rows} for name, (board, _) in scored.items()}
    assert rmse["nothing"]["ensemble_oi_checked"] == rmse["nothing"]["climatology"]
    wrong = rmse["gross_values"]
    assert wrong["ensemble_oi_checked"] < 0.5 * wrong["ensemble_oi"]
    assert wrong["thermocline_checked"] == wrong["ensemble_oi_checked"]
    checks = scored["gross_values"][1]
    assert checks["found"] > 0.8 * checks["gross"] and checks["false"] < 0.01 * checks["good"]
    text = markdown(scored)
    assert "| 20 % of values off | climatology |" in text and "nan" not in text
