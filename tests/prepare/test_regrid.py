"""Remapping: conservation, exactness on constants and planes, the date line, land."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import RegularGridInterpolator

from thermocline.errors import BadData
from thermocline.ocean.latlon import LatLonGrid
from thermocline.prepare.regrid import Regridder, best_method

FINE, COARSE = LatLonGrid.regular(36, 72), LatLonGrid.regular(16, 20)


def _land(rng, grid, share=0.3):
    return rng.random(grid.shape) < share


@pytest.mark.parametrize("source,target", [(FINE, COARSE), (COARSE, FINE)])
@pytest.mark.parametrize("land_share", [0.0, 0.4])
def test_conservative_keeps_the_area_integral(source, target, land_share):
    rng = np.random.default_rng(1)
    field = rng.standard_normal(source.shape) + 10
    field[_land(rng, source, land_share)] = np.nan
    regrid = Regridder(source.latitude, source.longitude, target, "conservative", minimum_valid=0)
    mapped = regrid(field)
    valid = np.isfinite(field)
    before = np.nansum(field * source.cell_area())
    after = np.nansum(mapped * regrid.weight_of(valid))
    assert after == pytest.approx(before, rel=1e-6)
    assert regrid.weight_of(valid).sum() == pytest.approx(source.cell_area()[valid].sum(), rel=1e-6)


def test_conservative_without_land_needs_only_the_cells_own_areas():
    rng = np.random.default_rng(2)
    field = rng.standard_normal(FINE.shape)
    mapped = Regridder(FINE.latitude, FINE.longitude, COARSE, "conservative")(field)
    before = (field * FINE.cell_area()).sum()
    assert (mapped * COARSE.cell_area()).sum() == pytest.approx(before, rel=1e-6)


def test_conservative_across_the_date_line_with_shifted_cells():
    # Cell centres at −180, −170, …: the first cell straddles the date line.
    longitude = np.arange(0, 360, 10.0)
    field = np.random.default_rng(3).standard_normal((18, 36))
    latitude = np.arange(-85, 90, 10.0)
    mapped = Regridder(latitude, longitude, COARSE, "conservative")(field)
    area = LatLonGrid.regular(18, 36).cell_area()
    assert (mapped * COARSE.cell_area()).sum() == pytest.approx((field * area).sum(), rel=1e-6)


@pytest.mark.parametrize("method", ["bilinear", "conservative", "nearest"])
def test_a_constant_stays_one_beside_land(method):
    rng = np.random.default_rng(4)
    field = np.full(FINE.shape, 7.25)
    field[_land(rng, FINE)] = np.nan
    mapped = Regridder(FINE.latitude, FINE.longitude, COARSE, method)(field)
    assert np.isfinite(mapped).any() and np.isnan(mapped).any()
    np.testing.assert_allclose(mapped[np.isfinite(mapped)], 7.25, rtol=1e-12)


def test_bilinear_preserves_planes_and_agrees_with_scipy():
    rng = np.random.default_rng(5)
    inside = slice(2, -2)
    plane = 3 + 0.2 * COARSE.latitude[:, None] - 0.1 * COARSE.longitude[None]
    mapped = Regridder(COARSE.latitude, COARSE.longitude, FINE)(plane)
    expected = 3 + 0.2 * FINE.latitude[:, None] - 0.1 * FINE.longitude[None]
    np.testing.assert_allclose(mapped[inside, inside], expected[inside, inside], atol=1e-9)
    rough = rng.standard_normal(COARSE.shape)
    mapped = Regridder(COARSE.latitude, COARSE.longitude, FINE)(rough)
    oracle = RegularGridInterpolator((COARSE.latitude, COARSE.longitude), rough)
    mesh = np.meshgrid(FINE.latitude[inside], FINE.longitude[inside], indexing="ij")
    np.testing.assert_allclose(mapped[inside, inside], oracle(tuple(mesh)), atol=1e-9)


@pytest.mark.parametrize("method", ["bilinear", "nearest", "conservative"])
def test_longitude_convention_and_order_do_not_matter(method):
    rng = np.random.default_rng(6)
    field = rng.standard_normal(FINE.shape)
    field[_land(rng, FINE, 0.2)] = np.nan
    plain = Regridder(FINE.latitude, FINE.longitude, COARSE, method)(field)
    east = FINE.longitude % 360
    order = np.argsort(east)
    turned = Regridder(FINE.latitude[::-1], east[order], COARSE, method)(field[::-1][:, order])
    np.testing.assert_allclose(turned, plain, atol=1e-12)


def test_interpolation_meets_itself_over_the_date_line():
    # cos(longitude) has no seam; linear interpolation errs by at most step²/8 everywhere.
    field = np.broadcast_to(np.cos(np.radians(COARSE.longitude)), COARSE.shape)
    mapped = Regridder(COARSE.latitude, COARSE.longitude, FINE)(field)
    bound = np.radians(360 / 20) ** 2 / 8
    assert np.abs(mapped - np.cos(np.radians(FINE.longitude))).max() <= bound


@pytest.mark.parametrize("method", ["bilinear", "nearest", "conservative"])
def test_a_region_across_the_date_line_stays_a_region(method):
    latitude, longitude = np.arange(-20.0, 21, 2), np.arange(160.0, 201, 2)
    mapped = Regridder(latitude, longitude, FINE, method)(np.ones((21, 21)))
    known = np.isfinite(mapped)
    rows, columns = np.nonzero(known)
    assert np.abs(FINE.latitude[rows]).max() <= 23
    assert set(np.round(FINE.longitude[columns] % 360)) <= set(range(158, 203))
    assert known[18, 0] and known[18, -1]


def test_round_trip_and_identity():
    rng = np.random.default_rng(7)
    field = rng.standard_normal((3, *COARSE.shape))
    field[:, _land(rng, COARSE)] = np.nan
    same = Regridder(COARSE.latitude, COARSE.longitude, COARSE)
    assert same.identity
    np.testing.assert_array_equal(same(field), field)
    # Cells of the fine grid nest in those of the coarse one: up and down again is exact.
    fine = LatLonGrid.regular(32, 40)
    up = Regridder(COARSE.latitude, COARSE.longitude, fine, "conservative")(field)
    down = Regridder(fine.latitude, fine.longitude, COARSE, "conservative")(up)
    np.testing.assert_allclose(down, field, atol=1e-12)


def test_mask_may_differ_at_every_level():
    rng = np.random.default_rng(8)
    field = rng.standard_normal((4, *FINE.shape))
    field[rng.random(field.shape) < 0.4] = np.nan
    regrid = Regridder(FINE.latitude, FINE.longitude, COARSE)
    together = regrid(field)
    for level in range(4):
        np.testing.assert_array_equal(together[level], regrid(field[level]))


def test_minimum_valid_decides_what_a_coastal_cell_is():
    fine = LatLonGrid.regular(4, 4)
    field = np.ones((4, 4))
    field[:2, 0] = np.nan  # two of the four cells of the first target
    latitude, longitude = fine.latitude, fine.longitude
    half = LatLonGrid(np.array([-45.0, 45.0]), np.array([-90.0, 90.0]))
    for minimum, known in ((0.45, True), (0.55, False)):
        mapped = Regridder(latitude, longitude, half, "conservative", minimum)(field)
        assert np.isfinite(mapped[0, 0]) == known


def test_curvilinear_reproduces_constants_and_smooth_fields():
    rows, columns = np.mgrid[0:60, 0:120]
    latitude = -88 + rows * 3 + 1.5 * np.sin(columns / 10)
    longitude = (columns * 3 + 2 * np.cos(rows / 10) + 70) % 360
    latitude = np.clip(latitude, -89, 89)
    target = LatLonGrid.regular(20, 40)
    smooth = np.sin(np.radians(latitude)) * 10 + 3 * np.cos(np.radians(longitude))
    regrid = Regridder(latitude, longitude, target)
    np.testing.assert_allclose(regrid(np.full(latitude.shape, 2.0)), 2.0)
    expected = np.sin(np.radians(target.latitude))[:, None] * 10 + 3 * np.cos(
        np.radians(target.longitude)
    )
    error = (regrid(smooth) - expected)[1:-1]
    assert np.abs(error).max() < 0.6 and np.abs(error).mean() < 0.1
    near = Regridder(latitude, longitude, target, "nearest")
    assert np.isin(near(smooth), smooth).all()


def test_curvilinear_region_does_not_spill():
    latitude, longitude = np.meshgrid(np.arange(30, 50.0), np.arange(-40, -10.0), indexing="ij")
    mapped = Regridder(latitude, longitude, FINE)(np.ones(latitude.shape))
    rows, columns = np.nonzero(np.isfinite(mapped))
    assert FINE.latitude[rows].min() > 22 and FINE.latitude[rows].max() < 58
    assert FINE.longitude[columns].min() > -50 and FINE.longitude[columns].max() < 0


def test_best_method():
    assert best_method(FINE.latitude, FINE.longitude, COARSE) == "conservative"
    assert best_method(COARSE.latitude, COARSE.longitude, FINE) == "bilinear"
    assert best_method(COARSE.latitude, COARSE.longitude, COARSE) == "bilinear"
    assert best_method(np.zeros((3, 3)), np.zeros((3, 3)), FINE) == "bilinear"


def test_errors_say_what_is_wrong():
    longitude = FINE.longitude
    with pytest.raises(BadData, match="latitude leaves the globe"):
        Regridder(np.array([0.0, 91]), longitude, COARSE)
    with pytest.raises(BadData, match="repeated"):
        Regridder(FINE.latitude, np.array([-180.0, 0, 180]), COARSE)
    with pytest.raises(BadData, match="rectilinear"):
        Regridder(np.zeros((2, 2)), np.zeros((2, 2)), COARSE, "conservative")
    with pytest.raises(BadData, match="cells"):
        Regridder(FINE.latitude, longitude, COARSE)(np.zeros((3, 3)))


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(2, 12),
    columns=st.integers(3, 14),
    method=st.sampled_from(["bilinear", "conservative", "nearest"]),
)
def test_remapping_never_leaves_the_range_of_its_input(seed, rows, columns, method):
    rng = np.random.default_rng(seed)
    source = LatLonGrid.regular(rows, columns)
    field = rng.standard_normal(source.shape)
    field[_land(rng, source)] = np.nan
    mapped = Regridder(source.latitude, source.longitude, LatLonGrid.regular(7, 9), method)(field)
    known = mapped[np.isfinite(mapped)]
    if known.size:
        assert known.min() >= np.nanmin(field) - 1e-12
        assert known.max() <= np.nanmax(field) + 1e-12


@pytest.mark.parametrize("step", [1.0, 0.25])
def test_what_lies_outside_a_region_does_not_come_into_its_cells_at_the_edge(step):
    """A plane of latitude on two-dimensional coordinates, finer or coarser than the region's."""
    region = LatLonGrid(np.arange(30.25, 42, 0.5), np.arange(-75.75, -64, 0.5))
    axes = np.arange(-60 + step / 2, 60, step), np.arange(-120 + step / 2, 0, step)
    latitude, longitude = np.meshgrid(*axes, indexing="ij")
    mapped = Regridder(latitude, longitude, region, "bilinear")(latitude)
    assert np.abs(mapped - region.latitude[:, None]).max() < 0.6 * step
