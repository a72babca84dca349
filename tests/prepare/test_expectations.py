"""The table of statistics, and failing expectations that name file, variable, depth and value."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from tiny_archive import DATA, GRID, archive, member

from thermocline.errors import BadData
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.data_docs import STYLE
from thermocline.prepare.expectations import validate
from thermocline.prepare.store_table import store_table
from thermocline.prepare.table import field_table, profile_table
from thermocline.prepare.validate import validate_prepared
from thermocline.systems.reconstruct.data.prepare import write_states
from thermocline.systems.reconstruct.data.states import States

TEMPERATURE = VARIABLES["thetao"]


def _profiles(count=4, levels=6, month=3):
    rng = np.random.default_rng(count)
    depth = np.tile(np.linspace(5, 180, levels), (count, 1))
    return xr.Dataset(
        {
            "thetao": (
                ("n_prof", "n_level"),
                15 + rng.standard_normal((count, levels)),
                {"units": "degree_Celsius"},
            ),
            "so": (("n_prof", "n_level"), np.full((count, levels), np.nan)),
            "depth": (("n_prof", "n_level"), depth),
        },
        coords={
            "latitude": ("n_prof", rng.uniform(-60, 60, count)),
            "longitude": ("n_prof", rng.uniform(-180, 180, count)),
            "time": (
                "n_prof",
                [np.datetime64(f"2001-{month:02d}-{d + 1:02d}", "ns") for d in range(count)],
            ),
            "platform_number": ("n_prof", np.array([f"{7 * d}" for d in range(count)])),
        },
    )


def test_table_agrees_with_xarray():
    dataset = member("r1")
    table = field_table(dataset, "a.nc", TEMPERATURE)
    assert len(table) == 12 * 3
    for row in table.itertuples():
        here = dataset.thetao.sel(depth=row.depth)
        here = here[here.time.dt.month == row.month].astype(float)
        assert row.count == int(here.notnull().sum())
        assert row.minimum == pytest.approx(float(here.min()))
        assert row.maximum == pytest.approx(float(here.max()))
        assert row.mean == pytest.approx(float(here.mean()))
        assert row.std == pytest.approx(float(here.std()))
        assert row.fill_fraction == pytest.approx(float(here.notnull().mean()))
        assert (row.steps, row.empty_steps, row.time_gaps) == (6, 0, 0)
        assert row.unit == "degree_Celsius" and row.time_ascending and row.depth_ascending


def test_bounds_narrow_with_depth():
    assert TEMPERATURE.bounds() == (-3, 40)
    assert TEMPERATURE.bounds(3000) == (-3, 24)
    assert VARIABLES["so"].bounds(3000) == (0, 50)


def test_data_docs_are_read_without_a_network(tmp_path):
    """Their scripts and styles are fetched; links and a plain style lie in them."""
    (data, *_) = archive()
    validate(field_table(data, "r1.nc", TEMPERATURE), tmp_path, "raw")
    docs = tmp_path / "docs"
    first = (docs / "index.html").read_text(encoding="utf-8")
    plain = first.partition('<ul class="plain-links">')[2].partition("</ul>")[0]
    linked = {(docs / part.partition('"')[0]).resolve() for part in plain.split('href="')[1:]}
    pages = {path.resolve() for path in docs.rglob("*.html") if path.name != "index.html"}
    assert linked == pages and len(pages) == 2
    assert all(STYLE.strip() in page.read_text(encoding="utf-8") for page in pages)


def test_good_data_pass_and_leave_data_docs(tmp_path):
    tables = [
        field_table(dataset, f"{dataset.attrs['member']}.nc", TEMPERATURE) for dataset in archive()
    ]
    summary = validate(pd.concat(tables, ignore_index=True), tmp_path / "raw", "raw")
    assert summary["rows"] == 108 and summary["files"] == ["r1.nc", "r2.nc", "truth.nc"]
    assert all(e["rows"] == 108 for e in summary["expectations"])
    assert "raw" in (tmp_path / "raw/docs/index.html").read_text(encoding="utf-8")
    # Twice is the same, and the docs of the first run are gone.
    assert validate(pd.concat(tables, ignore_index=True), tmp_path / "raw", "raw") == summary
    assert len(list((tmp_path / "raw/docs/validations").rglob("*.html"))) == 1


WRONG = ["hot", "cold", "kelvin", "empty", "gap", "daily", "unit", "latitude", "order", "mask"]
WRONG += ["stuck"]


def _broken(name):
    """A dataset that is wrong in one way, and what its error must say."""
    data = member("r1")
    values = data.thetao.values
    if name == "hot":
        values[13, 2, 0, 0] = 38.5
        return data, ["r1.nc: thetao at 200 m, month 2", "maximum 38.5", "higher"]
    if name == "cold":
        values[13, 0, 0, 0] = -9.25
        return data, ["r1.nc: thetao at 5 m, month 2", "minimum -9.25", "lower"]
    if name == "kelvin":
        return data.assign(thetao=data.thetao + 273.15), [
            "thetao at 5 m, month 1",
            "higher",
            "unit",
        ]
    if name == "empty":
        values[16, 1] = np.nan
        return data, ["thetao at 50 m, month 5", "times without any value", "first_empty 1990-05"]
    if name == "gap":
        return data.isel(time=[*range(10), *range(12, 72)]), ["months are missing", "time_gaps 1"]
    if name == "daily":
        days = data.time.values[:1] + np.arange(72) * np.timedelta64(1, "D")
        return data.assign_coords(time=days), ["several times in one month"]
    if name == "unit":
        data.thetao.attrs["units"] = "degF"
        return data, ["unexpected unit (unit degF, expected_unit degree_Celsius)"]
    if name == "latitude":
        return data.assign_coords(latitude=data.latitude * 2), ["latitude out of range", "-150"]
    if name == "order":
        return data.isel(depth=[1, 0, 2]), ["depth does not ascend"]
    if name == "mask":
        values[30, 0, 5] = np.nan
        return data, ["thetao at 5 m, month 7", "share of valid cells changes"]
    values[:, 2] = np.where(np.isnan(values[:, 2]), np.nan, 4.0)
    return data, ["thetao at 200 m, month 1", "every value is the same"]


@pytest.mark.parametrize(
    "name",
    WRONG,
)
def test_failures_name_file_variable_depth_month_and_value(tmp_path, name):
    dataset, expected = _broken(name)
    with pytest.raises(BadData) as caught:
        validate(field_table(dataset, "r1.nc", TEMPERATURE), tmp_path / "raw", "raw")
    for part in [*expected, "validation of raw data", "docs/index.html"]:
        assert part in str(caught.value)
    assert (tmp_path / "raw/docs/index.html").is_file()


def test_prepared_store(tmp_path, tiny_store):
    table = store_table(tiny_store)
    assert set(table.variable) == {"thetao", "thetao_anomaly"}
    assert len(table) == 5 * 2 * 3 * 12
    anomalies = table[table.variable == "thetao_anomaly"]
    train = anomalies[anomalies.file.str.contains("train")]
    np.testing.assert_allclose(train.pooled_mean, 0, atol=1e-3)
    np.testing.assert_allclose(train.pooled_std, np.sqrt(60 / 72), rtol=0.05)
    assert table.pooled_mean.notna().sum() == len(train)
    summary = validate(table, tmp_path / "prepared", "prepared")
    assert summary["rows"] == len(table)
    biased = table.assign(pooled_mean=table.pooled_mean + 0.5)
    with pytest.raises(BadData, match=r"store\.nc \[train, r1\].*biased"):
        validate(biased, tmp_path / "prepared", "prepared")


def test_a_store_with_an_impossible_value_fails(tmp_path):
    bad = archive()
    bad[2].thetao.values[50, 2, 0, 0] = 39.0
    write_states(tmp_path / "bad.nc", bad, GRID, DATA)
    with pytest.raises(BadData, match=r"bad\.nc \[test, truth\]: thetao at 200 m, month 3.*39"):
        validate_prepared(States.open(tmp_path / "bad.nc"), tmp_path / "v")


def test_profiles_table_and_suite(tmp_path):
    profiles = _profiles()
    table = profile_table(profiles, "EN.nc", TEMPERATURE)
    assert table["count"].sum() == profiles.thetao.size
    assert validate(table, tmp_path / "p", "raw")["rows"] == len(table)
    profiles.thetao.values[2, -1] = 38.0
    with pytest.raises(BadData, match=r"EN\.nc: thetao at 100 m, month 3: higher.*maximum 38"):
        validate(profile_table(profiles, "EN.nc", TEMPERATURE), tmp_path / "p", "raw")
