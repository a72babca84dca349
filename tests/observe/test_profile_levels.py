"""Profiles to levels: exact for linear profiles, empty in gaps, hardly anything beyond the ends."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from thermocline.errors import BadObservations
from thermocline.observe import from_profiles
from thermocline.observe.profiles import end_cutoffs, interpolate_profile

LEVELS = np.array([5.0, 15, 30, 50, 75, 100, 150, 200, 300, 500, 700, 1000])


def _canonical(depth, value, **coords):
    count = np.shape(value)[0]
    given = {
        "latitude": np.linspace(-10, 10, count),
        "longitude": np.linspace(100, 120, count),
        "time": np.datetime64("2008-03-01", "ns") + np.arange(count) * np.timedelta64(1, "D"),
    } | coords
    return xr.Dataset(
        {
            "thetao": (("n_prof", "n_level"), np.asarray(value, float)),
            "depth": (("n_prof", "n_level"), np.asarray(depth, float)),
        },
        coords={name: ("n_prof", np.asarray(values)) for name, values in given.items()},
    )


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), slope=st.floats(-0.02, 0.005), surface=st.floats(15, 30))
def test_linear_profiles_are_exact_inside(seed, slope, surface):
    rng = np.random.default_rng(seed)
    z = rng.permutation(np.concatenate([[2.0, 1100.0], rng.uniform(2, 1100, 60)]))
    found = interpolate_profile(z, surface + slope * z, LEVELS)
    known = np.isfinite(found)
    assert known.any()
    np.testing.assert_allclose(found[known], (surface + slope * LEVELS)[known], atol=1e-9)


@pytest.mark.parametrize(
    ("gap", "level", "known"),
    [
        ((20, 79), 50, True),  # 59 m
        ((20, 81), 50, False),  # 61 m
        ((400, 549), 500, True),  # 149 m < 30 % of 500 m
        ((400, 551), 500, False),
    ],
)
def test_levels_in_large_gaps_stay_empty(gap, level, known):
    z = np.concatenate([np.arange(0, gap[0] + 1, 10.0), np.arange(gap[1], 1200, 10.0)])
    found = interpolate_profile(z, np.linspace(20, 4, z.size), LEVELS)
    assert np.isfinite(found[level == LEVELS][0]) == known


def test_a_measurement_on_a_level_counts_whatever_the_gap():
    found = interpolate_profile(np.array([5.0, 500.0]), np.array([20.0, 8.0]), LEVELS)
    assert list(LEVELS[np.isfinite(found)]) == [5, 500]


def test_ends_reach_no_further_than_documented():
    above, below = end_cutoffs(LEVELS)
    # 5 m: half of 10 m up; below, 3 m. 1000 m: 20 m either way; 150 m: 10 m up, 3 m down.
    assert (above[0], below[0]) == (5, 3)
    assert (above[6], below[6]) == (10, 3)
    assert (above[-1], below[-1]) == (20, 20)
    for top, known in ((9.9, True), (10.1, False)):
        found = interpolate_profile(top + np.arange(0, 50, 5), np.full(10, 20.0), LEVELS)
        assert np.isfinite(found[0]) == known
    for bottom, known in ((981.0, True), (979.0, False)):
        found = interpolate_profile(np.array([bottom - 50, bottom]), np.array([5.0, 4.5]), LEVELS)
        assert np.isfinite(found[-1]) == known
        if known:
            assert found[-1] == 4.5


def test_missing_values_and_repeated_depths():
    z = np.array([10.0, 10.0, np.nan, 40, 40, 20])
    v = np.array([20.0, 22.0, 99.0, 12.0, np.nan, 17.0])
    found = interpolate_profile(z, v, np.array([10.0, 15, 30]))
    np.testing.assert_allclose(found, [21, 19, 14.5])
    assert np.isnan(interpolate_profile(z, np.full(6, np.nan), LEVELS)).all()


def test_positions_and_times_follow_their_profile():
    z = np.tile(np.arange(0, 60, 5.0), (3, 1))
    v = np.array([[20.0], [21.0], [np.nan]]) + 0 * z
    found = from_profiles(_canonical(z, v), LEVELS)
    assert len(found) == 8  # 5, 15, 30, 50 m of two profiles
    np.testing.assert_array_equal(found.depth, [5, 15, 30, 50] * 2)
    np.testing.assert_array_equal(found.latitude, [-10] * 4 + [0] * 4)
    np.testing.assert_array_equal(found.value, [20] * 4 + [21] * 4)
    assert found.time is not None
    assert found.time[4] == np.datetime64("2008-03-02", "ns")
    assert np.isnan(found.error).all()


def test_a_profile_deeper_than_the_levels_has_values_that_no_observation_stands_for():
    z = np.arange(5.0, 2000, 10)[None]
    found = from_profiles(_canonical(z, 20 - z / 100), LEVELS)
    assert found.represents is not None
    assert found.represents.sum() == (z <= 1150).sum()  # half a spacing below 1000 m


def test_every_value_flagged_bad():
    z = np.tile(np.arange(0, 60, 5.0), (2, 1))
    with pytest.raises(BadObservations, match=r"none of 2 profiles has a usable temperature.*QC"):
        from_profiles(_canonical(z, z * np.nan), LEVELS)
    with pytest.raises(BadObservations, match="none of 0 profiles"):
        from_profiles(_canonical(z, z).isel(n_prof=[]), LEVELS)


def test_a_profile_off_the_globe_or_in_kelvin():
    z = np.tile(np.arange(0, 60, 5.0), (2, 1))
    with pytest.raises(BadObservations, match=r"latitude is impossible.*−90 and 90"):
        from_profiles(_canonical(z, z * 0 + 10, latitude=[10.0, 97.0]), LEVELS)
    with pytest.raises(BadObservations, match="kelvin"):
        from_profiles(_canonical(z, z * 0 + 290), LEVELS)
