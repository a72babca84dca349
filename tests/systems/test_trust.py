"""Calibration weights a network by its skill, and makes spread match error."""

import numpy as np
import pytest

from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.systems.calibration import Calibration
from thermocline.systems.reconstruct.model.calibration import AnswerParts, combine, fit_calibration

SHAPE = (2, 24, 48)
AREA = np.ones(SHAPE[1:])
OCEAN = np.ones(SHAPE, bool)


def case(rng, useful, spread=1.0, members=8):
    """A truth of unit error around the analysis; the change recovers `useful` of it."""
    field = lambda *shape: rng.standard_normal((*shape, *SHAPE)).astype(np.float32)
    analysis, error = field(), field()
    truth = analysis + error
    draws = analysis + spread * field(members)
    noise = 0.5 * field()
    diffused = draws + useful * error + noise
    none = np.zeros(SHAPE, bool)
    problem = AnomalyProblem(np.zeros(SHAPE), np.ones(SHAPE), none, OCEAN, month=1)
    return problem, truth, AnswerParts(analysis, draws, diffused, evaluations=1)


def test_a_useless_network_is_not_trusted():
    rng = np.random.default_rng(0)
    calibration = fit_calibration([(0.02, *case(rng, useful=0.0)) for _ in range(4)], AREA)
    standard_error = 1 / (0.5 * np.sqrt(4 * AREA.size))
    assert np.array(calibration.correction) == pytest.approx(0, abs=4 * standard_error)


def test_a_harmful_network_is_not_trusted_backwards():
    rng = np.random.default_rng(0)
    calibration = fit_calibration([(0.02, *case(rng, useful=-0.5)) for _ in range(4)], AREA)
    assert np.all(np.array(calibration.correction) == 0)


def test_a_useful_network_is_trusted_by_the_least_squares_factor():
    rng = np.random.default_rng(0)
    calibration = fit_calibration([(0.02, *case(rng, useful=0.6)) for _ in range(4)], AREA)
    expected = 0.6 / (0.6**2 + 0.5**2)  # ⟨change, error⟩ / ⟨change, change⟩
    assert np.array(calibration.correction) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(("caution", "factor"), [(0.8, 1.25), (0.2, 1.5)])
def test_a_cautious_network_is_trusted_more_than_it_asks_for_within_bounds(caution, factor):
    problem, truth, drawn = case(np.random.default_rng(0), useful=0.6)
    change = caution * (truth - drawn.analysis)
    timid = AnswerParts(drawn.analysis, drawn.draws, drawn.draws + change, 1)
    assert np.array(
        fit_calibration([(0.02, problem, truth, timid)], AREA).correction
    ) == pytest.approx(factor, rel=1e-3)


@pytest.mark.parametrize("spread", [0.6, 1.0, 1.6])
def test_the_spread_factor_calibrates(spread):
    rng = np.random.default_rng(0)
    cases = [(0.02, *case(rng, useful=0.3, spread=spread)) for _ in range(6)]
    calibration = fit_calibration(cases, AREA)
    g, s = calibration.at(np.array([0.02, 0.02]))
    variance = error = 0.0
    for _, _, truth, drawn in cases:
        _, members = combine(drawn, g, s)
        variance += members.var(axis=0, ddof=1).mean() * (1 + 1 / 8)
        error += ((members.mean(axis=0) - truth) ** 2).mean()
    assert np.sqrt(variance / error) == pytest.approx(1, abs=0.01)


def test_members_do_not_depend_on_each_other():
    _, _, drawn = case(np.random.default_rng(0), useful=0.5)
    g, s = np.array([0.4, 0.9]), np.array([1.2, 0.8])
    _, all_members = combine(drawn, g, s)
    fewer = AnswerParts(drawn.analysis, drawn.draws[2:4], drawn.diffused[2:4], 1)
    assert np.array_equal(combine(fewer, g, s)[1], all_members[2:4])


def test_factors_between_and_beyond_the_fitted_densities():
    calibration = Calibration(
        density=(0.01, 0.1), correction=((0.2,), (0.8,)), spread=((1.0,), (2.0,))
    )
    for fraction, expected in ((0.0, 0.2), (0.01, 0.2), (0.1**1.5, 0.5), (0.1, 0.8), (1.0, 0.8)):
        correction, _ = calibration.at(np.array([fraction]))
        assert correction[0] == pytest.approx(expected)
