"""The mask of land and sea is the package's own, in a three-hundredth of its memory."""

import numpy as np

from thermocline.ocean.sea_mask import is_sea, is_sea_at, sea_mask


def test_every_point_is_as_the_package_has_it() -> None:
    from global_land_mask import globe  # takes seconds, and a gigabyte

    rng = np.random.default_rng(0)
    grids = [
        (np.arange(-89.875, 90, 0.25), np.arange(-180, 180, 0.25)),
        (rng.uniform(-90, 90, 300), rng.uniform(-180, 180, 500)),
        (np.array([-90, -89.9999, 0, 89.9999, 90]), np.array([-180, -1e-9, 179.9999, 180])),
    ]
    for latitude, longitude in grids:
        expected = globe.is_ocean(*np.meshgrid(latitude, longitude, indexing="ij"))
        np.testing.assert_array_equal(is_sea(latitude, longitude), expected)
    scattered = rng.uniform(-90, 90, (40, 50)), rng.uniform(-180, 180, (40, 50))
    np.testing.assert_array_equal(is_sea_at(*scattered), globe.is_ocean(*scattered))


def test_it_is_kept_small() -> None:
    assert sum(len(row) for row in sea_mask().rows) < 4_000_000
    assert sea_mask() is sea_mask()
