"""What all classical methods, climatology among them, have in common."""

import numpy as np
import pytest
from twin import GRID, LEVELS, library, make_problem, make_states

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.univariate.climatology import Climatology
from thermocline.baselines.univariate.dineof import Dineof
from thermocline.baselines.univariate.oi import OptimalInterpolation
from thermocline.errors import BadConfig, BadData, BadObservations
from thermocline.ocean.anomalies import AnomalyProblem


def methods():
    return [
        Climatology(),
        OptimalInterpolation(GRID, [2500.0] * LEVELS, [1.0] * LEVELS, "exponential"),
        EnsembleOI(library(), 5000),
        Dineof(make_states(), GRID, 60),
    ]


@pytest.mark.parametrize("method", methods(), ids=lambda m: m.name)
def test_no_value_on_land_and_a_plain_answer(method):
    problem = make_problem()
    answer = method.analyse(problem, 0, 0)
    land = ~problem.ocean
    assert answer.mean.shape == answer.std.shape == problem.ocean.shape
    assert answer.mean.dtype == answer.std.dtype == np.float32
    assert (answer.mean[land] == 0).all() and (answer.std[land] == 0).all()
    assert (answer.std[problem.ocean] > 0).all() and np.isfinite(answer.mean).all()
    assert answer.evaluations == 0 and answer.members is None


@pytest.mark.parametrize("method", methods(), ids=lambda m: m.name)
@pytest.mark.parametrize("worthless", [False, True])
def test_the_prior_without_observations_and_with_worthless_ones(method, worthless):
    problem = make_problem(fraction=0.2 if worthless else 0.0)
    if worthless:
        huge = np.full_like(problem.s_y, 1e6)
        problem = AnomalyProblem(problem.y, huge, problem.observed, problem.ocean, 3)
    answer = method.analyse(problem, 0, 0)
    prior = np.ones(problem.ocean.shape)
    if method.name in ("ensemble_oi", "dineof"):
        prior = np.sqrt((make_states().astype(float) ** 2).mean(axis=0))
    np.testing.assert_allclose(answer.mean, 0, atol=1e-5)
    np.testing.assert_allclose(answer.std, prior * problem.ocean, rtol=0.01)


@pytest.mark.parametrize("method", methods()[1:], ids=lambda m: m.name)
def test_perfect_observations_are_reproduced(method):
    problem = make_problem()
    truth = make_states(1, seed=9)[0] if method.name == "oi" else make_states()[17]
    y = np.where(problem.observed, truth, 0).astype("f4")
    exact = AnomalyProblem(y, np.full_like(y, 1e-4), problem.observed, problem.ocean, 3)
    answer = method.analyse(exact, 0, 0)
    np.testing.assert_allclose(answer.mean[exact.observed], y[exact.observed], atol=5e-3)
    assert answer.std[exact.observed].max() < 0.02


def test_misuse_is_explained():
    with pytest.raises(BadData, match="season_months"):
        EnsembleOI.of(make_states(4), np.array([6, 6, 7, 7]), GRID, 1000, 0).analyse(make_problem())
    with pytest.raises(BadData, match="inflation"):
        EnsembleOI(library(), 1000, 6, -1)
    with pytest.raises(BadConfig, match="kernels"):
        OptimalInterpolation(GRID, [1.0], [1.0], "cubic")
    with pytest.raises(BadConfig, match="modes"):
        Dineof(make_states(), GRID, 61)
    other = AnomalyProblem(*(np.zeros((1, 4, 4), t) for t in ("f4", "f4", bool, bool)), month=1)
    for method in methods():
        if method.name != "climatology":
            with pytest.raises(BadObservations, match="shape"):
                method.analyse(other)
