"""`thermocline gather`, as people give it."""

from pathlib import Path

import pytest

from thermocline.cli.gather import gather
from thermocline.errors import BadFile


@pytest.mark.parametrize("name", ["all.csv", "all.zip"])
def test_a_name_that_promises_another_form_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFile, match=r"is a NetCDF → name a file .*all\.nc"):
        gather([tmp_path / "one.nc"], tmp_path / name, None, None)


def test_it_says_how_many_profiles_there_are(tmp_path: Path, capsys) -> None:
    casts = tmp_path / "casts.csv"
    casts.write_text("time,latitude,longitude,depth,temperature\n2008-02-29,10,20,5,7\n")
    gather([casts], tmp_path / "mit Platz ü", "2008-02-29", "-180,-90,180,90")
    found = capsys.readouterr().out
    assert found.startswith(f"{tmp_path / 'mit Platz ü.nc'}: 1 profiles of 1 files\n1 of 1 values")
