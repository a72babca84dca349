"""Of several variables of one quantity a product's result is read, not what it was made of."""

from pathlib import Path

import numpy as np
import pytest
from stated_fields import TRUTH, read, sst

from thermocline.errors import BadFile

NAMES = [
    ["cdr_sst", "nasa_sst", "bt_sst"],
    ["analysis_sst", "background_sst", "cryo_sst"],
    ["analysed_field", "first_guess_field"],
    ["smap_sst", "anc_sst"],
    ["smap_sst", "sst_ref", "background_field"],
]


@pytest.mark.parametrize("names", [*NAMES, *(each[::-1] for each in NAMES)])
def test_the_result_is_read(tmp_path: Path, names: list[str]) -> None:
    """As in sea ice records, merged ice thickness and salinity from satellites."""
    result = next(each for each in NAMES if set(each) == set(names))[0]
    dataset = sst(name=result, standard_name="sea_surface_temperature")
    others = {name: dataset[result] + 1 for name in names if name != result}
    others = {name: values.assign_attrs(dataset[result].attrs) for name, values in others.items()}
    found = read(tmp_path, dataset.assign(others)[names])
    np.testing.assert_allclose(found.tos.values[0, 0], TRUTH)
    assert found.attrs["notes"] == f"read from {result}, surface temperature"


def test_several_results_are_refused(tmp_path: Path) -> None:
    dataset = sst(name="F17_sst", standard_name="sea_surface_temperature")
    with pytest.raises(BadFile, match="several variables may be tos: F17_sst, F18_sst"):
        read(tmp_path, dataset.assign(F18_sst=dataset.F17_sst))


@pytest.mark.parametrize(
    ("name", "long_name"),
    [("analysis_uncertainty", ""), ("analysis_error", ""), ("analysed_std", ""), ("cdr_count", ""),
     ("analysis_i", "increment of the analysis"), ("cdr_mask", "")],
)  # fmt: skip
def test_what_is_said_of_a_result_is_none(tmp_path: Path, name: str, long_name: str) -> None:
    dataset = sst(name="my_sst", standard_name="sea_surface_temperature")
    other = (dataset.my_sst * 0 + 0.3).assign_attrs(dataset.my_sst.attrs, long_name=long_name)
    found = read(tmp_path, dataset.assign({name: other}))
    np.testing.assert_allclose(found.tos.values[0, 0], TRUTH)
    dataset = dataset.rename(my_sst="background_sst").assign({name: other})
    with pytest.raises(BadFile, match="several variables may be tos"):
        read(tmp_path, dataset)
