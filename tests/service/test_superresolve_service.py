"""The served super-resolution: good answers, the same ones again, and every refusal."""

import json
import tempfile
from pathlib import Path

import httpx
import numpy as np
import pytest
import xarray as xr
from bento.models import find_models
from test_service import refused
from tiny_superres import coarse_sst, save_tiny_superres

from thermocline.errors import BadFile


def packed(dataset: xr.Dataset) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sst.nc"
        dataset.to_netcdf(path)
        return path.read_bytes()


def opened(content: bytes) -> xr.Dataset:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.nc"
        path.write_bytes(content)
        return xr.load_dataset(path)


def post(server: httpx.Client, content: bytes, name: str = "sst.nc", **data: str) -> httpx.Response:
    fields = {"members": "2", **data}
    return server.post("/superresolve", files={"file": (name, content)}, data=fields)


def test_netcdf_in_netcdf_out(server: httpx.Client) -> None:
    given = coarse_sst()
    first, second = (post(server, packed(given), seed="3") for _ in range(2))
    assert first.status_code == 200, first.text
    assert first.headers["content-type"] == "application/x-netcdf"
    assert first.content == second.content
    assert first.headers["x-model"] == "thermocline-superres/unregistered"
    assert first.headers["x-data-hash"] == "e" * 64
    answer = opened(first.content)
    assert answer.analysed_sst.shape == (1, 40, 60)
    assert answer.analysed_sst.attrs["standard_name"] == "sea_surface_temperature"
    assert (answer.analysed_sst_std > 0).all() and (answer.uncertainty_map > 0).all()
    assert answer.attrs["model_digest"] == first.headers["x-model-digest"]
    other = post(server, packed(given), seed="4")
    assert other.content != first.content


def test_json_summary(server: httpx.Client) -> None:
    answer = post(server, packed(coarse_sst(days=2)), date="2008-03-15", format="json")
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert (content["rows"], content["columns"], content["members"]) == (40, 60, 2)
    assert content["date"] == "2008-03-15" and content["minimum"] < content["mean"] < 20
    assert content["model"]["name"] == "thermocline-superres"


def test_both_systems_are_served(server: httpx.Client) -> None:
    specification = server.get("/docs.json").json()
    assert {"/reconstruct", "/superresolve"} <= set(specification["paths"])
    refused(server.get("/superresolve"), 405, "POST")


def _kelvin() -> xr.Dataset:
    given = coarse_sst()
    given["sst"] = (given.sst + 273.15).assign_attrs(units="degree_Celsius")
    return given


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (_kelvin(), ("kelvin", "units")),
        (coarse_sst(rows=3), ("latitude", "4")),
        (coarse_sst(days=3), ("3 maps", "date")),
        (coarse_sst().rename(sst="salinity"), ("salinity", "tos")),
        (coarse_sst() * np.nan, ("missing",)),
        (coarse_sst(rows=600, columns=700, south=-70, step=0.2), ("cells", "region")),
    ],
)
def test_bad_fields_of_temperature(
    server: httpx.Client, given: xr.Dataset, words: tuple[str, ...]
) -> None:
    members = "64" if given.sizes["lat"] > 100 else "2"
    answer = post(server, packed(given), members=members)
    refused(answer, 422, *words)
    assert "/tmp" not in answer.text


WHOLE = packed(coarse_sst(rows=40, columns=60))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("half.nc", WHOLE[: len(WHOLE) // 2], ("truncated",)),
        ("empty.nc", b"", ("empty",)),
        ("noise.nc", bytes(range(256)) * 20, ("netcdf",)),
        ("model.pkl", b"\x80\x05cos\nsystem\n(S'true'\ntR.\0", ()),
        ("words.csv", b"latitude,longitude,sst\n1,2,3\n", ()),
        ("packed.nc.gz", b"\x1f\x8b" + b"\0" * 100, ()),
    ],
)
def test_bad_files(server: httpx.Client, name: str, content: bytes, words: tuple[str, ...]) -> None:
    answer = post(server, content, name)
    refused(answer, 422, *words)
    assert "/tmp" not in answer.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"members": "0"}, ("members",)),
        ({"members": "65"}, ("members", "64")),
        ({"seed": "-1"}, ("seed",)),
        ({"error": "-0.1"}, ("error",)),
        ({"error": "nan"}, ("error",)),
        ({"format": "pickle"}, ("format",)),
        ({"observations": "[]"}, ("observations", "known")),
    ],
)
def test_bad_fields(server: httpx.Client, fields: dict[str, str], words: tuple[str, ...]) -> None:
    refused(post(server, packed(coarse_sst()), **fields), 400, *words)


def test_no_file_no_address_no_json(server: httpx.Client) -> None:
    refused(server.post("/superresolve", json={"members": 2}), 415, "file", "multipart")
    parts = {"file": (None, "http://127.0.0.1:1/sst.nc"), "members": (None, "2")}
    refused(server.post("/superresolve", files=parts), 400, "file", "not fetched")
    refused(server.post("/superresolve", files={"members": (None, "2")}), 400, "file")
    huge = server.post("/superresolve", files={"file": ("x.nc", b"\0" * (33 * 2**20))})
    refused(huge, 413, "32 MB", "region")


@pytest.fixture
def folders(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/none.db")
    return [tiny_folder, save_tiny_superres(tmp_path / "superres")]


def test_contracts_say_what_is_served(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERMOCLINE_MODEL", str(folders[1]))
    assert set(find_models(Path())) == {"superres"}
    monkeypatch.setenv("THERMOCLINE_MODEL_SUPERRES", str(folders[0]))
    assert set(find_models(Path())) == {"superres", "reconstruct"}
    monkeypatch.setenv("THERMOCLINE_MODEL_SUPERRES", str(folders[1]))
    with pytest.raises(BadFile, match="two models"):
        find_models(Path())


def test_nothing_to_serve(folders: list[Path]) -> None:
    with pytest.raises(BadFile, match="no model to serve"):
        find_models(Path())
    trained = Path("build/models/superres")
    trained.parent.mkdir(parents=True)
    folders[1].rename(trained)
    assert set(find_models(Path())) == {"superres"}


def test_the_account_of_an_upload(server: httpx.Client) -> None:
    """Pixels of a low quality level are left out, and the answer says how many."""
    given = coarse_sst()
    name = next(iter(given.data_vars))
    quality = xr.full_like(given[name], 5, dtype="i1").assign_attrs(units="1")
    quality.encoding.clear()
    given["quality_level"] = quality
    given["quality_level"].values.flat[:2] = 1
    given[name].values.flat[:2] = 49.0  # wild, under a bad level
    content = packed(given)
    said = post(server, content, format="json").json()
    held = int(np.isfinite(given[name].values).sum())
    account = said["account"]
    assert (account["held"], account["used"]) == (held, held - 2), account
    assert list(account["dropped"].values()) == [2], account
    answer = opened(post(server, content).content)
    assert json.loads(answer.attrs["account"]) == account
    assert float(answer.analysed_sst.max()) < 30


def test_no_served_sst_is_below_freezing(server: httpx.Client) -> None:
    given = coarse_sst()
    name = next(iter(given.data_vars))
    given[name] = ((given[name] - given[name].mean()) * 0.2 - 1.6).assign_attrs(given[name].attrs)
    said = post(server, packed(given), format="json")
    assert said.status_code == 200, said.text
    assert said.json()["minimum"] >= -1.9 and said.json()["warnings"]
