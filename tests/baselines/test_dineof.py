"""DINEOF against a field of low rank, and against its own iteration."""

import numpy as np
from twin import GRID, LEVELS, make_problem, ocean_mask

from thermocline.baselines.univariate.dineof import Dineof
from thermocline.ocean.anomalies import AnomalyProblem


def rank_four(count: int = 40):
    rng = np.random.default_rng(5)
    modes = rng.standard_normal((4, LEVELS, *GRID.shape)) * ocean_mask()
    states = np.einsum("nk,kchw->nchw", rng.standard_normal((count, 4)), modes).astype("f4")
    return states, np.einsum("k,kchw->chw", [1.0, -0.5, 2.0, 0.3], modes).astype("f4")


def test_dineof_recovers_a_field_of_low_rank():
    states, truth = rank_four()
    problem = make_problem()
    exact = AnomalyProblem(
        np.where(problem.observed, truth, 0).astype("f4"),
        np.full_like(problem.s_y, 1e-4),
        problem.observed,
        problem.ocean,
        1,
    )
    method = Dineof(states, GRID, 4)
    answer = method.analyse(exact)
    np.testing.assert_allclose(answer.mean, truth, atol=2e-3)
    assert answer.std.max() < 0.02
    np.testing.assert_allclose(method.mean(exact), answer.mean, atol=1e-6)


def test_dineof_is_the_limit_of_filling_gaps_again_and_again():
    """The iteration itself, without error: gaps ← projection on orthonormal EOFs."""
    states, truth = rank_four()
    problem = make_problem(fraction=0.5)
    sea = problem.ocean.ravel()
    area = np.broadcast_to(GRID.cell_area(), problem.ocean.shape).ravel()[sea]
    weight = np.sqrt(area / area.mean())
    eofs = np.linalg.svd(states.reshape(40, -1)[:, sea] * weight, full_matrices=False)[2][:4]
    seen, field = problem.observed.ravel()[sea], np.zeros(sea.sum())
    field[seen] = truth.ravel()[sea][seen]
    known = field[seen].copy()
    for _ in range(4000):
        field = (eofs.T @ (eofs @ (field * weight))) / weight
        field[seen] = known
    exact = AnomalyProblem(
        np.where(problem.observed, truth, 0).astype("f4"),
        np.full_like(problem.s_y, 1e-5),
        problem.observed,
        problem.ocean,
        1,
    )
    answer = Dineof(states, GRID, 4).analyse(exact).mean.ravel()[sea]
    np.testing.assert_allclose(answer, field, atol=2e-3)
