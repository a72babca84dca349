"""Training pairs: analyses of states that are in no library, the same for whoever makes them."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from thermocline.baselines.common.scoring import weight_of, weighted_rmse
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.univariate.dineof import Dineof
from thermocline.baselines.univariate.tuning import tune_dineof
from thermocline.config import Config, DineofConfig
from thermocline.errors import BadConfig
from thermocline.systems.config import load_config
from thermocline.systems.reconstruct.baselines import tune
from thermocline.systems.reconstruct.baselines.leave_out import LeaveMemberOut, folds
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.prepare import write_states
from thermocline.systems.reconstruct.data.states import RUN, States
from thermocline.systems.reconstruct.model import pair_making as module
from thermocline.systems.reconstruct.model.layouts import MAX_SHARE, MIN_SHARE
from thermocline.systems.reconstruct.model.pair_making import make_pairs, pairs_of
from thermocline.systems.reconstruct.model.pairs import Pairs

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "prepare"))

Parts = tuple[Config, States, EnsembleOI]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    from tiny_archive import DATA, GRID, archive

    path = tmp_path_factory.mktemp("pairs") / "reconstruct.nc"
    write_states(path, archive(), GRID, DATA)
    few = {"reconstruct.model.masking.layouts": 30, "reconstruct.model.masking.states": 3}
    config = load_config(ROOT / "params.yaml", few)
    store = States.open(path)
    states, months, _ = store.states("train")
    ensemble = EnsembleOI.of(states, months, store.grid, 5000.0, season_months=2, inflation=0.9)
    return config, store, ensemble


@pytest.fixture(scope="module")
def pairs(parts: Parts) -> Pairs:
    return make_pairs(*parts)


def test_a_member_is_analysed_with_the_others(parts: Parts) -> None:
    _, store, ensemble = parts
    names = store.names("train")
    assert [{names[i][:2] for i in fold} for fold in folds(names)] == [{"r1"}, {"r2"}]
    states = store.states("train")[0]
    second = np.array([name.startswith("r2") for name in names])
    found = LeaveMemberOut(store, ensemble)("r1/1993-04")
    assert found.parameters == ensemble.parameters
    assert found.library.states.shape[1] == second.sum()
    assert found.library.states.sum() == pytest.approx(states[second].sum(), rel=1e-5)


def test_a_single_member_is_analysed_with_years_that_are_not_near(parts: Parts) -> None:
    _, store, ensemble = parts
    names = [f"r1/{year}-{month:02d}" for year in range(1980, 1990) for month in range(1, 13)]
    found = folds(names)
    assert len(found) == 5 and np.array_equal(np.concatenate(found), np.arange(120))
    others = LeaveMemberOut(store, ensemble)
    others.names = names
    kept = {names[i][3:7] for i in others.others("r1/1982-01", "r1/1983-12")}
    assert kept == {"1980", "1985", "1986", "1987", "1988", "1989"}


def test_dineof_is_tuned_by_states_of_other_members(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, store, ensemble = parts
    book = EvaluationSet(store, config, "validation")
    cases = [(case.problem, case.truth) for case in book.columns(0.2)]
    weight = np.asarray(store.grid.cell_area())
    own, known = {"r1": 0, "r2": 1}, []

    def watched(some: list, weight: np.ndarray, states: np.ndarray, *given: Any) -> Any:
        (member,) = {own[problem.case[:2]] for problem, _ in some}
        assert len(states) == len(given[2]) and not (given[2] // RUN == member).any()
        known.append(len(some))
        return tune_dineof(some, weight, states, *given)

    monkeypatch.setattr(tune, "tune_dineof", watched)
    wanted = DineofConfig(modes=(1, 2, 100_000))
    others = LeaveMemberOut(store, ensemble)
    modes, table = tune.tune_modes(cases, weight, others, wanted, 1)
    assert sum(known) == len(cases)
    names = np.array(store.names("train"))
    least = min(np.char.startswith(names, member).sum() for member in own)
    assert [row["modes"] for row in table] == [1, 2, least] and modes in (1, 2, least)
    problem, truth = cases[0]
    apart = others.others(problem.case, problem.case)
    of = lambda modes: Dineof(
        others.states[apart], store.grid, modes, serial=others.serial[apart], window=1
    )
    _, one = tune.tune_modes(cases[:1], weight, others, wanted, 1)
    expected = weighted_rmse(of(2).mean(problem), truth, weight_of(problem, weight))
    assert one[1]["rmse"] == pytest.approx(expected, rel=1e-5)


def test_pairs_are_what_the_ensemble_oi_makes_of_their_observations(
    parts: Parts, pairs: Pairs
) -> None:
    _, store, ensemble = parts
    states, months, names = store.states("train")
    ocean, s_y = store.statistics.ocean, np.full(states.shape[1:], 0.3, np.float32)
    others = LeaveMemberOut(store, ensemble)
    for pair in (0, 1, 40, 89):
        problem = pairs.problem(pair, states, months, ocean, s_y)
        error = (problem.y - states[pairs.state[pair]])[problem.observed] / 0.3
        assert np.allclose(error, pairs.noise(pair)[problem.observed], atol=1e-5)
        assert not (problem.observed & ~ocean).any() and problem.observed.any()
    real = module.observation_error(parts[0], store)
    for pair in (0, 46, 89):
        problem = pairs.problem(pair, states, months, ocean, real)
        alone = others(names[pairs.state[pair]]).analyse(problem).mean
        assert np.allclose(pairs.analysis[pair].astype(np.float32), alone, atol=2e-3)


def test_months_around_are_those_of_the_same_run_some_of_them_unseen(
    parts: Parts, pairs: Pairs
) -> None:
    _, store, _ = parts
    states, months, _ = store.states("train")
    serial, ocean = store.serial("train"), store.statistics.ocean
    s_y = np.full(states.shape[1:], 1e-3, np.float32)
    seen = set()
    for pair in range(len(pairs)):
        problem = pairs.problem(pair, states, months, ocean, s_y)
        seen.add(tuple(month.lag for month in problem.around))
        for month in problem.around:
            then = np.flatnonzero(serial == serial[pairs.state[pair]] + month.lag)[0]
            wrong = (month.y - states[then])[month.observed]
            assert np.abs(wrong).max() < 0.01 and month.observed.any()
    assert seen == {(), (-1,), (1,), (-1, 1)}


def test_layouts_are_of_all_densities_and_both_patterns(parts: Parts, pairs: Pairs) -> None:
    masking = parts[0].reconstruct.model.masking
    assert pairs.share.min() >= MIN_SHARE and pairs.share.max() <= MAX_SHARE
    assert len(pairs) == 90 and 0 < pairs.columns.sum() < 30
    assert np.array_equal(pairs.within(masking), np.arange(90))
    few = pairs.within(masking.model_copy(update={"ratio": 0.98, "pattern": "columns"}))
    chosen = pairs.layout[few]
    assert pairs.columns[chosen].all() and pairs.share[chosen].max() <= 0.02
    assert len(few) == 3 * (pairs.columns & (pairs.share <= 0.02)).sum()
    with pytest.raises(BadConfig, match="layouts"):
        pairs.within(masking.model_copy(update={"ratio": 1.0, "pattern": "cells"}))
    with pytest.raises(BadConfig, match=r"ratio of 0\.8, .* hides 0\.9 or more"):
        pairs.within(masking.model_copy(update={"ratio": 0.8}))


def test_pairs_are_made_once_and_again_when_something_changed(
    parts: Parts, pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, store, ensemble = parts
    first = pairs_of(config, store, ensemble)
    assert np.array_equal(first.analysis, pairs.analysis) and first.seed == pairs.seed
    with monkeypatch.context() as patch:
        patch.setattr(module, "make_pairs", None)  # not to be called
        again = pairs_of(config, store, ensemble)
    assert np.array_equal(again.observed, pairs.observed)
    other = pairs_of(config.model_copy(update={"seed": 1}), store, ensemble)
    assert not np.array_equal(other.observed, pairs.observed)
    assert len(list(store.path.with_suffix(".pairs").iterdir())) == 1
    assert len(pairs_of(config, store, ensemble, "validation")) == module.CHECKS
