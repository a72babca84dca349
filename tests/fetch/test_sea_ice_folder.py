"""Which file of a month is taken from NSIDC's folder, where several are."""

from datetime import date

import pytest

from thermocline.fetch.plain import SENSORS, _month


def taken(*names):
    files = [f"sic_psn25_200803_{name}.nc" for name in names]
    chosen = {_month(order, "psn25", date(2008, 3, 1), "") for order in (files, files[::-1])}
    (name,) = chosen
    return name.removeprefix("sic_psn25_200803_").removesuffix(".nc")


@pytest.mark.parametrize(
    "names",
    [
        ("n07_v05r00", "F08_v05r00"),
        ("N07_v05r00", "f08_v05r00"),
        ("F08_v05r00", "f11_v05r00"),
        ("F13_v05r00", "F17_v05r00"),
        ("F17_v05r00", "am2_v05r00"),
        ("n07_v05r00", "F99_v05r00"),
        ("am2_v05r00", "F99_v05r00"),
        ("f98_v05r00", "F99_v05r00"),
    ],
)
def test_the_satellite_that_began_later(names):
    assert taken(*names) == names[1]


def test_all_that_are_known_in_one_month():
    assert taken(*(f"{sensor}_v05r00" for sensor in SENSORS)) == "am2_v05r00"


def test_the_newest_version_comes_before_the_satellite():
    assert taken("F17_v05r00", "F13_v06r00") == "F13_v06r00"
    assert taken("F17_v05r9", "F17_v05r10") == "F17_v05r10"
