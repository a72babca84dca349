"""A share of the covariance that is not localised, against dense linear algebra."""

import numpy as np
import pytest
from twin import GRID, MONTHS, dense_localisation, dense_posterior, make_problem, make_states

from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.ensemble.tuning import tune_share
from thermocline.errors import BadData

RADIUS, SHARE = 4000.0, 0.3
STATES = make_states()


def method(share: float = SHARE) -> EnsembleOI:
    library = StateLibrary(STATES, MONTHS, GRID, quantise=False)
    return EnsembleOI(library, RADIUS, inflation=1.2, share=share)


def dense_covariance(share: float = SHARE) -> np.ndarray:
    rows = STATES.reshape(len(STATES), -1).astype(float)
    local = (1 - share) * dense_localisation(RADIUS) + share
    return 1.2 * (rows.T @ rows / (len(rows) - 1)) * local


def test_mean_and_variance_are_those_of_the_hybrid_covariance():
    problem = make_problem()
    mean, variance, _ = dense_posterior(dense_covariance(), problem)
    answer, sea = method().analyse(problem), problem.ocean.ravel()
    np.testing.assert_allclose(answer.mean.ravel()[sea], mean[sea], atol=3e-4)
    np.testing.assert_allclose(answer.std.ravel()[sea] ** 2, variance[sea], atol=3e-4)


def test_every_path_gives_the_same_mean():
    problem, model = make_problem(), method()
    exact = model.analyse(problem).mean
    np.testing.assert_allclose(model.means([problem])[0], exact, atol=1e-4)
    mean, _ = model.posterior(problem, range(1), 0, gaussian=True)
    np.testing.assert_allclose(mean, exact, atol=1e-4)


def test_draws_have_the_posterior_s_mean_and_variance():
    problem, model = make_problem(), method()
    exact, sea = model.analyse(problem), problem.ocean
    draws = model.posterior(problem, range(900), 3, gaussian=True)[1][:, sea]
    assert np.abs(draws.mean(axis=0) - exact.mean[sea]).mean() < 0.05
    assert draws.var(axis=0).sum() / (exact.std[sea] ** 2).sum() == pytest.approx(1, abs=0.06)


def test_it_is_kept_in_the_file_and_its_name_says_so(tmp_path):
    model = method()
    model.save(tmp_path / "states.safetensors")
    again = EnsembleOI.load(tmp_path / "states.safetensors")
    assert again.parameters == model.parameters
    assert (again.name, again.with_share(0).name) == ("ensemble_oi_hybrid", "ensemble_oi")


def test_a_share_of_everything_is_refused():
    with pytest.raises(BadData, match="share 1"):
        method(1.0)


def test_what_the_whole_ocean_does_asks_for_a_share():
    """States that go up and down together, seen at few places: localisation loses most of it."""
    rng = np.random.default_rng(0)
    swing = rng.standard_normal(len(STATES))[:, None, None, None]
    states = np.where(STATES != 0, swing + 0.3 * rng.standard_normal(STATES.shape), 0)
    states = states.astype(np.float32)
    cases = []
    for number in range(3):
        problem = make_problem(0.02, seed=number)
        truth = np.where(problem.ocean, states[number], 0)
        cases.append((problem.__class__(**{**vars(problem), "y": truth * problem.observed}), truth))
    library = StateLibrary(states[3:], MONTHS[3:], GRID, quantise=False)
    ensemble = EnsembleOI(library, 2000.0)
    share, table = tune_share(cases, np.ones(GRID.shape), lambda case: ensemble, (0.0, 0.5))
    assert share == 0.5
    assert table[1]["rmse"] < 0.8 * table[0]["rmse"]
    assert tune_share(cases, np.ones(GRID.shape), lambda case: ensemble, (0.1,)) == (0.1, [])
