"""A polar map that states two meridians: PROJ's text decides, or the file is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from ice_fields import GRID, mooring, read

from thermocline.errors import BadData

TEXT = "+proj=stere +lat_0=90 +lat_ts=70 +lon_0={} +x_0=0 +y_0=0 +units=m +no_defs"
DOWN, ORIGIN = "straight_vertical_longitude_from_pole", "longitude_of_projection_origin"


def stating(places: bool = False, **said: Any) -> xr.Dataset:
    """A field whose map is at 45° W, by attributes of CF and these."""
    dataset = mooring()
    mapping = dataset["Polar_Stereographic_Grid"]
    for name in ("crs_wkt", DOWN, ORIGIN):
        mapping.attrs.pop(name, None)
    mapping.attrs |= said
    return dataset if places else dataset.drop_vars(["latitude", "longitude"])


@pytest.mark.parametrize("places", [False, True])
@pytest.mark.parametrize(
    "said",
    [
        {DOWN: -45.0},
        {DOWN: 315.0, ORIGIN: -45.0},
        {DOWN: -45.0, "proj4text": TEXT.format("-45")},
        {DOWN: 135.0, ORIGIN: -45.0, "proj4text": TEXT.format("-45.0")},
        {DOWN: -45.0, ORIGIN: 135.0, "proj4": TEXT.format("315")},
    ],
)
def test_the_map_is_where_it_is(tmp_path: Path, said: dict[str, Any], places: bool) -> None:
    found = read(tmp_path, stating(places, **said))
    for name, centres in zip(("latitude", "longitude"), GRID.centres(), strict=True):
        np.testing.assert_allclose(found[name].values, centres, atol=1e-6)


@pytest.mark.parametrize(
    "said",
    [
        {DOWN: 135.0, ORIGIN: -45.0},
        {DOWN: 135.0, "proj4text": TEXT.format("-45")},
        {DOWN: 135.0, ORIGIN: -45.0, "proj4text": TEXT.format("0")},
    ],
)
def test_a_contradiction_is_named(tmp_path: Path, said: dict[str, Any]) -> None:
    with pytest.raises(BadData, match=rf"Polar_Stereographic_Grid contradicts itself: {DOWN} 135"):
        read(tmp_path, stating(**said))


@pytest.mark.parametrize(
    "said",
    [
        {DOWN: -45.0, ORIGIN: 0.0},
        {DOWN: 0.0, ORIGIN: -45.0, "proj4text": TEXT.format("0")},
        {DOWN: 135.0, "proj4text": TEXT.format("-45")},
    ],
)
def test_places_decide(tmp_path: Path, said: dict[str, Any]) -> None:
    found = read(tmp_path, stating(True, **said))
    for name, centres in zip(("latitude", "longitude"), GRID.centres(), strict=True):
        np.testing.assert_allclose(found[name].values, centres, atol=1e-6)
    with pytest.raises(BadData, match="contradicts itself"):
        read(tmp_path, stating(True, **{DOWN: 10.0, ORIGIN: 20.0}))
