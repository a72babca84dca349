"""A file of a region is refused where the model's grid is the globe; grids of the globe are not."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.systems.reconstruct.data.coverage import require_globe

LATITUDE, LONGITUDE = np.arange(-69.0, 70, 2), np.arange(1.0, 360, 2)


def test_the_globe_in_any_convention_and_order():
    for longitude in (LONGITUDE, LONGITUDE[::-1] - 180, np.roll(LONGITUDE, 40)):
        require_globe(LATITUDE, longitude, "a.nc")
        require_globe(*np.meshgrid(LATITUDE, longitude, indexing="ij"), "a.nc")
    require_globe(np.array([-75.0, -15, 15, 75]), np.arange(0.0, 360, 45), "coarse.nc")


@pytest.mark.parametrize(
    "rows, columns, said",
    [
        (slice(None), slice(150, 160), "longitudes -59 to -41"),
        (slice(None), np.r_[0:10, 175:180], "longitudes -9 to 19 "),
        (slice(20, 50), slice(None), "latitudes -29 to 29, all longitudes"),
        (slice(None), np.r_[0:50, 70:180], "longitudes 141 to 99 "),
    ],
)
def test_a_region_is_refused_with_its_extent(rows, columns, said):
    latitude, longitude = LATITUDE[rows], LONGITUDE[columns]
    for places in ((latitude, longitude), np.meshgrid(latitude, longitude, indexing="ij")):
        with pytest.raises(BadData, match=said):
            require_globe(*places, "a.nc")
