"""Observations of the months around: lagged covariances against dense linear algebra."""

from dataclasses import replace

import numpy as np
import pytest

from thermocline.baselines.common.localisation import arc, gaspari_cohn
from thermocline.baselines.common.succession import lagged, partners, persistence
from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.univariate.dineof import Dineof
from thermocline.baselines.univariate.oi import OptimalInterpolation
from thermocline.errors import BadData, BadObservations
from thermocline.ocean.anomalies import AnomalyNeighbour, AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import unit_vectors

GRID = LatLonGrid.regular(6, 8)
LEVELS, COUNT, RADIUS = 2, 48, 6000.0
OCEAN = np.ones((LEVELS, *GRID.shape), bool)
OCEAN[:, 2, 3:5] = False
OCEAN[1, 4:, 6] = False
MONTHS = np.arange(COUNT) % 12 + 1
SERIAL = np.concatenate([np.arange(24), 1000 + np.arange(24)])
"""Two runs of two years."""


def make_states(seed: int = 0, rho: float = 0.8) -> np.ndarray:
    """Correlated anomalies [N, C, H, W] that fade from month to month, 0 on land."""
    rng = np.random.default_rng(seed)
    modes = rng.standard_normal((6, LEVELS, *GRID.shape))
    amplitude = rng.standard_normal((COUNT, 6))
    for i in range(1, COUNT):
        if SERIAL[i] == SERIAL[i - 1] + 1:
            amplitude[i] = rho * amplitude[i - 1] + np.sqrt(1 - rho**2) * amplitude[i]
    states = np.einsum("nk,kchw->nchw", amplitude, modes) / 2.5
    return ((states + 0.2 * rng.standard_normal(states.shape)) * OCEAN).astype(np.float32)


STATES = make_states()


def observe(seed: int, fraction: float = 0.15) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    observed = OCEAN & (rng.random(OCEAN.shape) < fraction)
    s_y = np.where(observed, rng.uniform(0.2, 0.4, OCEAN.shape), 1).astype(np.float32)
    y = np.where(observed, rng.standard_normal(OCEAN.shape), 0).astype(np.float32)
    return y, s_y, observed


def make_problem(lags: tuple[int, ...] = (-1, 2), month: int = 5) -> AnomalyProblem:
    y, s_y, observed = observe(1)
    around = tuple(AnomalyNeighbour(lag, *observe(10 + lag)) for lag in lags)
    return AnomalyProblem(y, s_y, observed, OCEAN, month, around=around)


def method(season: int = 6, **options) -> EnsembleOI:
    library = StateLibrary(STATES, MONTHS, GRID, serial=SERIAL, quantise=False)
    return EnsembleOI(library, RADIUS, season, inflation=0.9, **options)


def dense(problem: AnomalyProblem, season: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance [CHW] by the joint covariance of all months, built whole."""
    lags = [0, *(month.lag for month in problem.around)]
    apart = np.abs(MONTHS - problem.month)
    chosen = np.flatnonzero(np.minimum(apart, 12 - apart) <= season)
    blocks = []
    for lag in lags:
        shifted = np.zeros((chosen.size, OCEAN.size))
        for place, state in enumerate(chosen):
            found = np.flatnonzero(SERIAL[state] + lag == SERIAL)
            if found.size:
                shifted[place] = STATES[found[0]].ravel()
        blocks.append(shifted)
    joint = np.concatenate(blocks, axis=1).astype(float)
    lat, lon = np.meshgrid(GRID.latitude, GRID.longitude, indexing="ij")
    points = unit_vectors(lat.ravel(), lon.ravel())
    near = gaspari_cohn(arc(points, points), RADIUS * 1e3)
    covariance = 0.9 * joint.T @ joint / (chosen.size - 1)
    covariance *= np.tile(near, (LEVELS * len(lags),) * 2)
    months = [(problem.y, problem.s_y, problem.observed)]
    months += [(each.y, each.s_y, each.observed) for each in problem.around]
    y, s_y, observed = (np.concatenate([m[i].ravel() for m in months]) for i in range(3))
    seen = np.flatnonzero(observed)
    gain = covariance[:, seen] @ np.linalg.inv(
        covariance[np.ix_(seen, seen)] + np.diag(s_y[seen].astype(float) ** 2)
    )
    variance = np.diag(covariance - gain @ covariance[seen])
    return (gain @ y[seen])[: OCEAN.size], variance[: OCEAN.size]


@pytest.mark.parametrize("season", [2, 6])
def test_lagged_observations_enter_as_in_the_joint_covariance(season):
    problem = make_problem()
    mean, variance = dense(problem, season)
    answer = method(season).analyse(problem)
    sea = OCEAN.ravel()
    np.testing.assert_allclose(answer.mean.ravel()[sea], mean[sea], atol=2e-4)
    np.testing.assert_allclose(answer.std.ravel()[sea] ** 2, variance[sea], atol=2e-4)


def test_mean_of_draws_and_of_the_cheap_path_is_the_same():
    problem = make_problem()
    model = method()
    exact = model.analyse(problem).mean
    np.testing.assert_allclose(model.posterior(problem, range(2), 0)[0], exact, atol=1e-4)
    np.testing.assert_allclose(model.means([problem, problem])[1], exact, atol=1e-4)


def test_draws_have_the_posterior_s_mean_and_variance():
    problem = make_problem()
    model = method()
    exact = model.analyse(problem)
    draws = model.posterior(problem, range(960), 3, gaussian=True)[1][:, OCEAN]
    # A Gaussian's sample mean and variance are known to 1/√960 and √(2/960).
    assert np.abs(draws.mean(axis=0) - exact.mean[OCEAN]).mean() < 0.05
    ratio = draws.var(axis=0).sum() / (exact.std[OCEAN] ** 2).sum()
    assert abs(ratio - 1) < 0.08


def test_a_draw_does_not_depend_on_others():
    problem, model = make_problem(), method()
    both = model.posterior(problem, [4, 7], 3, gaussian=True)[1]
    alone = model.posterior(problem, [7], 3, gaussian=True)[1]
    np.testing.assert_array_equal(both[1], alone[0])


def test_more_observations_never_raise_the_variance():
    alone, window = make_problem(()), make_problem((-1, 1))
    model = method()
    assert np.all(model.analyse(window).std <= model.analyse(alone).std + 1e-5)


def test_a_window_of_a_process_that_persists_lowers_the_error():
    model, total = method(), {(): 0.0, (-1, 1): 0.0}
    truth = make_states(seed=5)
    for i in range(3, 21):
        for lags in total:
            shown = {
                lag: np.where(observe(50 * i + lag)[2], truth[i + lag], 0).astype(np.float32)
                for lag in (0, *lags)
            }
            months = {lag: (y, *observe(50 * i + lag)[1:]) for lag, y in shown.items()}
            around = tuple(AnomalyNeighbour(lag, *months[lag]) for lag in lags)
            problem = AnomalyProblem(*months[0], OCEAN, int(MONTHS[i]), around=around)
            total[lags] += float(((model.analyse(problem).mean - truth[i]) ** 2).sum())
    assert total[-1, 1] < 0.9 * total[()]


def test_states_without_order_in_time_refuse_other_months(tmp_path):
    library = StateLibrary(STATES, MONTHS, GRID)
    with pytest.raises(BadObservations, match="order in time"):
        EnsembleOI(library, RADIUS).analyse(make_problem())


def test_order_in_time_is_kept_in_the_file(tmp_path):
    model, problem = method(), make_problem()
    model.save(tmp_path / "states.safetensors")
    again = EnsembleOI.load(tmp_path / "states.safetensors")
    np.testing.assert_array_equal(again.analyse(problem).mean, model.analyse(problem).mean)


def test_means_need_the_same_neighbours():
    with pytest.raises(BadData, match="not observed alike"):
        method().means([make_problem((-1,)), make_problem((1,))])


def test_partners_stay_within_a_run():
    after = partners(SERIAL, 1)
    assert after[0] == 1 and after[23] == -1 and after[24] == 25 and after[47] == -1
    np.testing.assert_array_equal(partners(SERIAL, -1)[after[:23]], np.arange(23))
    shifted = lagged(np.arange(COUNT)[None] + 1.0, np.array([0]), [slice(22, 26)], after)
    np.testing.assert_array_equal(shifted, [[24, 0, 26, 27]])


def test_persistence_of_an_autoregression():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((400, 2, 8, 8))
    states = noise.copy()
    for i in range(1, 400):
        states[i, 0] = 0.9 * states[i - 1, 0] + np.sqrt(1 - 0.81) * noise[i, 0]
    found = persistence(states, np.arange(400))
    assert abs(found[0] - 0.9) < 0.01 and found[1] < 0.02


def test_oi_of_a_window_against_dense_algebra():
    problem = make_problem((-1, 2))
    oi = OptimalInterpolation(GRID, [2000.0] * 2, [1.0] * 2, persistence=[0.7, 0.4])
    answer = oi.analyse(problem)
    lat, lon = np.meshgrid(GRID.latitude, GRID.longitude, indexing="ij")
    points = unit_vectors(lat.ravel(), lon.ravel())
    distance = np.linalg.norm(points[:, None] - points, axis=-1) * 6371.0
    for level, rho in enumerate([0.7, 0.4]):
        months = [(0, problem.y, problem.s_y, problem.observed)]
        months += [(m.lag, m.y, m.s_y, m.observed) for m in problem.around]
        seen = [(lag, i) for lag, *_, o in months for i in np.flatnonzero(o[level])]
        lag, cell = np.array(seen).T
        y = np.concatenate([m[1][level][m[3][level]] for m in months])
        s_y = np.concatenate([m[2][level][m[3][level]] for m in months])
        near = np.exp(-0.5 * (distance / 2000) ** 2)
        among = near[np.ix_(cell, cell)] * rho ** np.abs(lag[:, None] - lag)
        gain = near[:, cell] * rho ** np.abs(lag) @ np.linalg.inv(among + np.diag(s_y**2))
        sea = OCEAN[level].ravel()
        np.testing.assert_allclose(answer.mean[level].ravel()[sea], (gain @ y)[sea], atol=2e-3)
    with pytest.raises(BadObservations, match="persistence"):
        OptimalInterpolation(GRID, [2000.0] * 2, [1.0] * 2).analyse(problem)


def test_dineof_knows_states_from_their_neighbours():
    """The rest is noise, or new since the last month."""
    dineof = Dineof(STATES, GRID, 6, serial=SERIAL, window=1)
    nothing, error = np.zeros(OCEAN.shape, np.float32), np.full(OCEAN.shape, 0.1, np.float32)
    left = total = 0.0
    for state in range(1, 23):
        around = tuple(AnomalyNeighbour(lag, STATES[state + lag], error, OCEAN) for lag in (-1, 1))
        unseen = AnomalyProblem(
            nothing, error, OCEAN & False, OCEAN, int(MONTHS[state]), around=around
        )
        left += float(((dineof.analyse(unseen).mean - STATES[state]) ** 2).sum())
        total += float((STATES[state] ** 2).sum())
    assert left < 0.6 * total
    with pytest.raises(BadObservations, match="no patterns"):
        dineof.analyse(replace(unseen, around=(replace(around[0], lag=3),)))


def test_lagged_patterns_are_the_regression_on_the_amplitudes():
    dineof = Dineof(STATES, GRID, 4, serial=SERIAL, window=1)
    rows = dineof.layout.gather(STATES, np.arange(COUNT))
    scaled = np.linalg.lstsq(dineof.patterns[0], rows, rcond=None)[0]  # amplitudes, [K, N]
    pairs = [(i, i + 1) for i in range(COUNT - 1) if SERIAL[i + 1] == SERIAL[i] + 1]
    now, then = np.array(pairs).T
    expected = rows[:, then] @ scaled[:, now].T / len(pairs)
    assert np.corrcoef(expected.ravel(), dineof.patterns[1].ravel())[0, 1] > 0.99
