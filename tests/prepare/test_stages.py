"""The stages that read raw data on a tiny archive in providers' formats, whole, spoiled, killed."""

import importlib
import json
import shutil
import signal
import subprocess
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
import yaml
from tiny_archive import member

from thermocline.errors import BadData, BadFile
from thermocline.files import sha256_file
from thermocline.systems.reconstruct.data.states import States

PIPELINES = Path(__file__).parents[2] / "pipelines"


def _params() -> str:
    """The project's params.yaml for a tiny archive."""
    params = yaml.safe_load((PIPELINES.parent / "params.yaml").read_text())
    period = lambda members, first, last: {"members": members, "first": first, "last": last}
    params["data"] |= {
        "train": period(["r1", "r2"], 1990, 1992),
        "validation": period(["r1", "r2"], 1993, 1993),
        "test": period(["truth"], 1993, 1993),
    }
    params["reconstruct"]["data"]["grid"] = {"rows": 6, "columns": 8, "depth": [5, 50, 200]}
    return yaml.safe_dump(params)


PARAMS = _params()
KILLED = """
import os, runpy, signal, sys
from thermocline.prepare.climatology import Accumulator
plain, calls = Accumulator.add, []
def add(self, field, month):
    calls.append(month)
    if len(calls) == 40:
        os.kill(os.getpid(), signal.SIGKILL)
    plain(self, field, month)
Accumulator.add = add
folder = sys.argv[1]
sys.path.insert(0, folder)
sys.argv = ["prepare.py", "reconstruct"]
runpy.run_path(folder + "/prepare.py", run_name="__main__")
"""


def _cmip6(dataset: xr.Dataset, path: Path, variant: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = {"latitude": "lat", "longitude": "lon", "depth": "lev"}
    dataset = dataset.rename(names).assign_coords(lon=lambda d: d.lon % 360).sortby("lon")
    dataset.lev.attrs = {"units": "m", "positive": "down", "standard_name": "depth", "axis": "Z"}
    dataset.lat.attrs = {"units": "degrees_north", "standard_name": "latitude"}
    dataset.lon.attrs = {"units": "degrees_east", "standard_name": "longitude"}
    dataset.attrs = {"variant_label": variant, "source_id": "TINY"}
    dataset.to_netcdf(path, encoding={"thetao": {"_FillValue": 1e20}})


def _en4(path: Path) -> None:
    """Two profiles of four levels, one value of them flagged bad."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("N_PROF", 2), ("N_LEVELS", 4), ("STRING8", 8)):
            file.createDimension(name, size)
        time = file.createVariable("JULD", "f8", ("N_PROF",))
        time.units = "days since 1950-01-01 00:00:00 utc"
        time[:] = [15720.5, 15725.5]
        for name, values in (("LATITUDE", [10.0, -20.0]), ("LONGITUDE", [-150.0, 80.0])):
            file.createVariable(name, "f8", ("N_PROF",))[:] = values
        depth, temperature = np.tile([5.0, 40, 60, 180], (2, 1)), np.array([[20, 19, 18, 12.0]] * 2)
        temperature[1, 2] = 38.0
        quality = np.full((2, 4), b"1")
        quality[1, 2] = b"4"
        for name, values in (("DEPH_CORRECTED", depth), ("POTM_CORRECTED", temperature)):
            variable = file.createVariable(name, "f4", ("N_PROF", "N_LEVELS"), fill_value=99999)
            variable.units = "metre" if name[0] == "D" else "degree_Celsius"
            variable[:] = values
        good = np.full((2, 4), b"1")
        for name, flags in (("DEPH_CORRECTED_QC", good), ("POTM_CORRECTED_QC", quality)):
            file.createVariable(name, "S1", ("N_PROF", "N_LEVELS"))[:] = flags
        for name in ("POSITION_QC", "JULD_QC", "PROFILE_POTM_QC"):
            file.createVariable(name, "S1", ("N_PROF",))[:] = np.full(2, b"1")
        number = np.array([list("3900001 "), list("3900002 ")], "S1")
        file.createVariable("PLATFORM_NUMBER", "S1", ("N_PROF", "STRING8"))[:] = number


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    (root / "params.yaml").write_text(PARAMS)
    for name in ("r1", "r2"):
        path = root / f"data/cmip6/thetao_Omon_TINY_historical_{name}i1p1f1_gn_198901-199412.nc"
        _cmip6(member(name), path, f"{name}i1p1f1")
    _cmip6(member("truth"), root / "data/nature/thetao_Omon_TINY_nature.nc", "r1i1p1f1")
    _en4(root / "data/en4/EN.4.2.2.f.profiles.g10.199301.nc")
    return root


@pytest.fixture
def project(raw, tmp_path, monkeypatch):
    shutil.copytree(raw, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(PIPELINES)
    return tmp_path


STAGES = ("validate_raw", "prepare", "validate_prepared")


def _main(name):
    main = importlib.import_module(name).main
    main(["reconstruct"] if name == "prepare" else "reconstruct")


def test_every_stage(project):
    for name in STAGES:
        _main(name)
    store = States.open(project / "build/prepared/reconstruct.nc")
    assert [len(store.names(s)) for s in ("train", "validation", "test")] == [72, 24, 12]
    expected = member("truth").thetao.sel(time="1993-04").values[0]
    np.testing.assert_allclose(store.celsius("test")[3], expected, atol=6e-4)
    summary = json.loads((project / "build/validation/reconstruct/raw.json").read_text())
    assert summary["rows"] == 108 + 4  # of profiles, those of four depths
    assert sum("profiles" in name for name in summary["files"]) == 1
    summary = json.loads((project / "build/validation/reconstruct/prepared.json").read_text())
    assert summary["digest"] == store.digest()
    checked = ("reconstruct/raw", "reconstruct/prepared")
    for suite in checked:
        assert (project / f"build/validation/{suite}/docs/index.html").is_file()
    # Reports hold no time of day: a rerun changes nothing that DVC tracks.
    outputs = [project / f"build/validation/{name}.json" for name in checked]
    outputs += (project / "build/prepared").glob("*.nc")
    assert len(outputs) == 3
    before = {path: sha256_file(path) for path in outputs}
    for name in STAGES:
        _main(name)
    assert {path: sha256_file(path) for path in outputs} == before


def _rewrite(path, change):
    with xr.open_dataset(path) as dataset:
        changed = change(dataset.load())
    changed.to_netcdf(path)


def test_kelvin_labelled_celsius(project):
    path = next(project.glob("data/cmip6/*r2i*.nc"))
    _rewrite(path, lambda d: d.assign(thetao=(d.thetao + 273.15).assign_attrs(d.thetao.attrs)))
    with pytest.raises(BadData, match=r"r2i1p1f1.*kelvin.*units"):
        _main("validate_raw")


def test_all_missing_month(project):
    path = next(project.glob("data/cmip6/*r1i*.nc"))
    month = np.datetime64("1991-06-15")
    _rewrite(path, lambda d: d.assign(thetao=d.thetao.where(d.time != month)))
    with pytest.raises(BadData, match=r"r1i1p1f1.*at 5 m, month 6: times without.*1991-06"):
        _main("validate_raw")
    assert not (project / "build/validation/reconstruct/raw.json").exists()
    with pytest.raises(BadData, match=r"r1i1p1f1.*thetao at 5 m of r1/1991-06 has no value"):
        _main("prepare")
    assert list((project / "build/prepared").iterdir()) == []


def test_latitude_out_of_range(project):
    path = next(project.glob("data/cmip6/*r1i*.nc"))
    _rewrite(path, lambda d: d.assign_coords(lat=("lat", d.lat.values * 1.5, d.lat.attrs)))
    for stage in ("validate_raw", "prepare"):
        with pytest.raises(BadData, match=r"r1i1p1f1.*latitude lat leaves the globe.*-90 and 90"):
            _main(stage)


def test_file_cut_in_half(project):
    path = next(project.glob("data/cmip6/*r1i*.nc"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    for stage in ("validate_raw", "prepare"):
        with pytest.raises(BadFile, match="r1i1p1f1"):
            _main(stage)


def test_no_data_at_all_is_one_line_on_stderr(tmp_path, warm_python):
    (tmp_path / "params.yaml").write_text(PARAMS)
    done = subprocess.run(
        [warm_python, PIPELINES / "prepare.py", "reconstruct"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: data/cmip6: no thetao_*.nc here → run `dvc pull`")
    assert "Traceback" not in done.stderr


def test_killed_and_run_again(project, warm_python):
    _main("prepare")
    out = project / "build/prepared"
    whole = sha256_file(out / "reconstruct.nc")
    shutil.rmtree(out)
    command = [warm_python, "-c", KILLED, str(PIPELINES)]
    assert subprocess.run(command, cwd=project, capture_output=True).returncode == -signal.SIGKILL
    assert not (out / "reconstruct.nc").exists()
    assert len(list(out.iterdir())) == 1  # what was being written, under a hidden name
    _main("prepare")
    assert sha256_file(out / "reconstruct.nc") == whole
    assert [p.name for p in out.iterdir()] == ["reconstruct.nc"]
