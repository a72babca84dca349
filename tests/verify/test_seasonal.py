"""Seasonal cycles of known amplitude, and volumes."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.verify.metrics.seasonal import cycle_rmse, ice_volume, seasonal_cycle

MONTHS = np.tile(np.arange(1, 13), 2)
WAVE = np.cos(2 * np.pi * MONTHS / 12)


def test_mean_and_standard_deviation_of_each_month():
    year = np.repeat([-1.0, 1.0], 12)
    cycle = seasonal_cycle(10 + 3 * WAVE + year, MONTHS)
    np.testing.assert_allclose(cycle.mean, 10 + 3 * WAVE[:12])
    np.testing.assert_allclose(cycle.std, np.sqrt(2))  # of −1 and 1, n − 1
    np.testing.assert_array_equal(cycle.count, 2)


def test_rmse_of_two_amplitudes_and_of_an_offset():
    first, second = seasonal_cycle(5 * WAVE, MONTHS), seasonal_cycle(3 * WAVE, MONTHS)
    assert cycle_rmse(first, second) == pytest.approx(2 / np.sqrt(2))
    assert cycle_rmse(first, seasonal_cycle(5 * WAVE + 0.5, MONTHS)) == pytest.approx(0.5)


def test_months_without_states_are_left_out():
    march = seasonal_cycle([4.0, 6.0], [3, 3])
    assert march.mean[2] == 5 and np.isnan(march.mean[[0, 11]]).all()
    assert cycle_rmse(march, seasonal_cycle([7.0], [3])) == 2
    assert np.isnan(seasonal_cycle([7.0], [3]).std).all()
    with pytest.raises(BadData, match="no month in common"):
        cycle_rmse(march, seasonal_cycle([7.0], [4]))


def test_refusals():
    with pytest.raises(BadData, match="months"):
        seasonal_cycle([1.0], [0])
    with pytest.raises(BadData, match="one finite value"):
        seasonal_cycle([np.nan], [1])


def test_volume_is_thickness_times_area():
    ocean = np.array([[True, False]])
    thickness = np.array([[[2.0, np.nan]], [[0.5, 9.0]]])
    volume = ice_volume(thickness, np.array([[1e4, 1e4]]), ocean)
    np.testing.assert_allclose(volume, [20, 5])
    with pytest.raises(BadData, match="missing"):
        ice_volume(thickness, np.ones((1, 2)), np.ones((1, 2), bool))
