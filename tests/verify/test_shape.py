"""Energy and variogram scores against their definitions, and what they are for."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from thermocline.verify.metrics.probabilistic import crps_ensemble
from thermocline.verify.metrics.shape import LAGS, energy, forecast_fields, shape_scores, variogram

OCEAN = np.ones((2, 7, 9), bool)
OCEAN[:, :2, :3] = False
OCEAN[1, 5] = False


@pytest.fixture
def fields():
    rng = np.random.default_rng(0)
    return rng.standard_normal(OCEAN.shape), rng.standard_normal((5, *OCEAN.shape))


def test_the_energy_score_is_its_definition(fields):
    truth, members = fields
    area = np.random.default_rng(1).uniform(0.5, 2, OCEAN.shape[1:])
    found = shape_scores(truth, members, OCEAN, area)["energy"]
    for level in range(len(OCEAN)):
        w = area[OCEAN[level]]

        def d(a, b, level=level, w=w):
            return np.sqrt(np.average((a[level] - b[level])[OCEAN[level]] ** 2, weights=w))

        pairs = [d(a, b) for i, a in enumerate(members) for j, b in enumerate(members) if i != j]
        expected = np.mean([d(x, truth) for x in members]) - np.mean(pairs) / 2
        np.testing.assert_allclose(found[level], expected)


def test_of_one_cell_the_energy_score_is_the_crps(fields):
    truth, members = (each[..., 3:4, 3:4] for each in fields)
    found = energy(truth, members, np.ones(truth.shape))
    np.testing.assert_allclose(found, crps_ensemble(members, truth)[:, 0, 0])


def test_the_variogram_score_is_its_definition(fields):
    truth, members = fields
    found = variogram(truth, members, OCEAN)
    c, rows, columns = OCEAN.shape
    for k, i, j in np.ndindex(c, rows, columns):
        scores = []
        for lag in LAGS:
            for y, x in ((i + lag, j), (i, j + lag)):
                if y < rows and x < columns and OCEAN[k, i, j] and OCEAN[k, y, x]:
                    drawn = [abs(m[k, y, x] - m[k, i, j]) ** 0.5 for m in members]
                    error = abs(truth[k, y, x] - truth[k, i, j]) ** 0.5 - np.mean(drawn)
                    scores.append(error**2 - np.var(drawn, ddof=1) / len(members))
        assert found[k, i, j] == pytest.approx(np.mean(scores) if scores else 0)


def test_both_are_fair_however_many_members_there_are():
    """In the mean over many truths, few members of the truth's distribution score as many do."""
    rng = np.random.default_rng(2)
    ocean, area = np.ones((4000, 3, 3), bool), np.ones((3, 3))
    truth = rng.standard_normal(ocean.shape)
    few, many = (rng.standard_normal((m, *ocean.shape)) for m in (2, 12))
    for name, error in (("energy", 0.01), ("variogram", 0.004)):
        a, b = (shape_scores(truth, x, ocean, area)[name].mean() for x in (few, many))
        assert abs(a - b) < error


@pytest.mark.parametrize("name", ["energy", "variogram"])
def test_members_that_look_like_the_truth_score_better_than_grain(name):
    """Both kinds have the same distribution in every cell."""
    rng = np.random.default_rng(3)
    shape, ocean = (600, 24, 24), np.ones((600, 24, 24), bool)

    def smooth(count):
        made = gaussian_filter(rng.standard_normal((count, *shape)), (0, 0, 3, 3), mode="wrap")
        return made / made.std()

    truth, alike, grain = smooth(1)[0], smooth(8), rng.standard_normal((8, *shape))
    of = lambda members: shape_scores(truth, members, ocean, np.ones(shape[1:]))[name].mean()
    assert of(alike) < of(grain)


def test_a_spread_without_members_is_not_scored_as_a_certain_forecast():
    mean, std = np.zeros(OCEAN.shape), np.ones(OCEAN.shape)
    members = np.stack([mean, std])
    assert forecast_fields(mean, std, None) is None
    assert forecast_fields(mean, std, members) is members
    np.testing.assert_array_equal(forecast_fields(mean, None, None), mean[None])
    assert shape_scores(mean, None, OCEAN, np.ones(OCEAN.shape[1:])) == {}
