"""The served service: good answers, the same ones again, and every refusal with its reason."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import xarray as xr

GOOD = {
    "date": "2008-03",
    "observations": [
        {"latitude": 10.0, "longitude": -30.0, "depth": 5.0, "temperature": 25.5},
        {"latitude": 10.0, "longitude": 330.0, "depth": 100.0, "temperature": 17.0, "error": 0.1},
        {"latitude": -20.0, "longitude": 160.0, "depth": 500.0, "temperature": 8.1},
    ],
    "members": 4,
    "seed": 7,
}


def post(server: httpx.Client, **changes: object) -> httpx.Response:
    return server.post("/reconstruct", json={**GOOD, **changes})


def refused(response: httpx.Response, status: int, *words: str) -> None:
    """The response is this refusal, in the one form, and its text names every one of `words`."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"what", "where", "fix"} and error["what"] and error["fix"]
    text = json.dumps(error, ensure_ascii=False).lower()
    for word in words:
        assert word.lower() in text, text


def test_json_summary(server: httpx.Client) -> None:
    answer = post(server)
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert content["observations"]["used"] == 3 and content["members"] == 4
    assert [level["depth"] for level in content["levels"]] == [5.0, 100.0, 500.0]
    assert content["levels"][0]["minimum"] < content["levels"][0]["mean"] < 30
    assert all(level["std"] > 0 for level in content["levels"])
    assert content["model"]["version"] == "unregistered"
    assert content["model"]["data_digest"] == "d" * 64 == answer.headers["x-data-hash"]
    assert len(content["model"]["digest"]) == 64


def test_netcdf_is_the_same_again(server: httpx.Client) -> None:
    first, second = (post(server, format="netcdf") for _ in range(2))
    assert first.status_code == 200 and first.headers["content-type"] == "application/x-netcdf"
    assert first.content == second.content
    assert first.content != post(server, format="netcdf", seed=8).content
    with _open(first.content) as dataset:
        assert dataset["thetao"].attrs["standard_name"] == "sea_water_potential_temperature"
        assert dataset["thetao"].dims == ("time", "depth", "latitude", "longitude")
        assert np.isnan(dataset["thetao"].values[0, :, 5:11, 3:6]).all()  # land
        assert np.isfinite(dataset["thetao_std"].values[0, 0, 8, 10:]).all()


def test_an_observation_draws_the_mean(server: httpx.Client) -> None:
    """A precise observation 3 °C above another moves the answer there, and not far away."""
    fields = []
    for temperature in (24.0, 27.0):
        one = {
            "latitude": 5.6,
            "longitude": 5.6,
            "depth": 5,
            "temperature": temperature,
            "error": 0.01,
        }
        answer = post(server, observations=[one], format="netcdf", members=4)
        with _open(answer.content) as dataset:
            fields.append(dataset["thetao"].sel(depth=5).isel(time=0).load())
    change = fields[1] - fields[0]
    assert float(change.sel(latitude=5.6, longitude=5.6, method="nearest")) > 1.5
    assert abs(float(change.sel(latitude=5.6, longitude=-170, method="nearest"))) < 0.5


def test_observations_of_the_months_around(server: httpx.Client) -> None:
    """They move the answer too, and those further away do not."""
    one = {"latitude": 5.6, "longitude": 5.6, "depth": 5, "error": 0.01}
    fields, counts = [], []
    for temperature, time in ((24.0, "2008-02-11"), (27.0, "2008-02-11"), (27.0, "2008-01-11")):
        dated = [GOOD["observations"][0], {**one, "temperature": temperature, "time": time}]
        answer = post(server, observations=dated, format="netcdf", members=4)
        with _open(answer.content) as dataset:
            counts.append(int(dataset.attrs["observations_around"]))
            fields.append(dataset["thetao"].isel(time=0).load())
            assert int(dataset.attrs["observations_off_month"]) == 1 - counts[-1]
    alone = post(server, observations=GOOD["observations"][:1], format="netcdf", members=4)
    with _open(alone.content) as dataset:
        assert counts == [1, 1, 0]
        np.testing.assert_array_equal(fields[2], dataset["thetao"].isel(time=0))
    assert float(np.abs(fields[1] - fields[0]).max()) > 0.05


def test_upload_csv(server: httpx.Client) -> None:
    table = "lat;lon;depth;temp;time\n" + "".join(
        f"{lat};-30;{depth};{20 - depth / 50};2010-{day}\n"
        for lat in (0, 10)
        for depth in (5, 100)
        for day in ("04-11", "04-12", "05-11")
    )
    upload = {"file": ("casts.csv", table.encode(), "text/csv")}
    answer = server.post("/reconstruct", files=upload, data={"members": "2"})
    assert answer.status_code == 200, answer.text
    april = answer.json()["observations"]
    assert answer.json()["date"] == "2010-04" and (april["given"], april["around"]) == (12, 4)
    may = server.post("/reconstruct", files=upload, data={"date": "2010-05", "members": "2"})
    assert may.json()["observations"]["around"] == 8
    never = server.post("/reconstruct", files=upload, data={"date": "2011-05"})
    refused(never, 422, "2011-05", "in 2 other months")


def test_the_account_of_an_upload(server: httpx.Client) -> None:
    """What was dropped, and why, stands in the JSON and in the NetCDF alike."""
    table = (
        "lat,lon,depth,temp,temp_WODflag,salinity,date\n"
        "0,-30,5,26,0,35,2010-04-11\n0,-30,100,18,0,35,2010-04-11\n"
        "0,-30,500,25,3,35,2010-04-11\n0,-30,2000,4,0,35,2010-04-11\n"
    )
    upload = {"file": ("casts.csv", table.encode(), "text/csv")}
    answer = server.post("/reconstruct", files=upload, data={"members": "2"})
    assert answer.status_code == 200, answer.text
    account = answer.json()["account"]
    assert account == {
        "of": "observations",
        "held": 4,
        "used": 2,
        "dropped": {"temperature not flagged good": 1, "deeper than the model's levels": 1},
        "notes": ["the flags of temp_WODflag are applied"],
    }
    file = server.post("/reconstruct", files=upload, data={"members": "2", "format": "netcdf"})
    with _open(file.content) as dataset:
        assert json.loads(dataset.attrs["account"]) == account
        warned = dataset.attrs.get("warnings", "").splitlines()
    assert warned == answer.json()["warnings"]


def test_the_account_of_a_list(server: httpx.Client) -> None:
    far = {"latitude": 10.0, "longitude": -30.0, "depth": 2000.0, "temperature": 4.0}
    account = post(server, observations=[*GOOD["observations"], far]).json()["account"]
    assert (account["of"], account["held"], account["used"]) == ("observations", 4, 3)
    assert account["dropped"] == {"deeper than the model's levels": 1}


def test_upload_netcdf(server: httpx.Client, real_profiles: Path) -> None:
    upload = {"file": (real_profiles.name, real_profiles.read_bytes(), "application/x-netcdf")}
    answer = server.post("/reconstruct", files=upload, data={"members": "2", "format": "netcdf"})
    assert answer.status_code == 200, answer.text
    with _open(answer.content) as dataset:
        assert int(dataset.attrs["observations_used"]) > 0
        assert "model_version" in dataset.attrs


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"observations": []}, 422, ("empty",)),
        ({"observations": None}, 422, ("observations", "file")),
        ({"date": None}, 422, ("date",)),
        ({"date": "March 2008"}, 422, ("March 2008", "2008-03")),
        ({"date": "2008-13"}, 422, ("2008-13",)),
        ({"date": "2008-02-31"}, 422, ("2008-02-31",)),
        ({"members": 0}, 400, ("members", "1")),
        ({"members": 65}, 400, ("members", "64")),
        ({"members": "many"}, 400, ("members",)),
        ({"seed": -1}, 400, ("seed",)),
        ({"format": "pickle"}, 400, ("format", "netcdf")),
        ({"memebrs": 3}, 400, ("memebrs", "members")),
        ({"file": "http://127.0.0.1:1/x.nc"}, 400, ("file", "multipart")),
    ],
)
def test_bad_fields(
    server: httpx.Client, change: dict[str, object], status: int, words: tuple[str, ...]
) -> None:
    refused(post(server, **change), status, *words)


@pytest.mark.parametrize("date", ["x", "2008-02-31", "9999-01"])
def test_a_task_of_no_date_is_not_taken(server: httpx.Client, date: str) -> None:
    refused(server.post("/tasks/reconstruct", json=GOOD | {"date": date}), 422, date[:4])


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"latitude": 91}, 422, ("latitude", "91", "observation 0", "90")),
        ({"longitude": 400}, 422, ("longitude", "400")),
        ({"depth": -3}, 422, ("depth", "-3", "positive down")),
        ({"temperature": 295.3}, 422, ("295.3", "kelvin", "273.15")),
        ({"temperature": 60}, 422, ("60", "celsius")),
        ({"error": 0}, 422, ("error", "positive")),
        ({"latitude": None}, 400, ("latitude",)),
        ({"latitude": "north"}, 400, ("latitude",)),
        ({"salinity": 35}, 400, ("salinity",)),
        ({"time": "yesterday"}, 400, ("time",)),
        ({"time": "2008-02-31"}, 422, ("time", "2008-03-15")),
        ({"time": "2005-02-11"}, 422, ("2008-03", "time")),
        ({"depth": 5000}, 422, ("none of 1", "deeper")),
        ({"latitude": 1, "longitude": -129.4}, 422, ("land",)),
    ],
)
def test_bad_observations(
    server: httpx.Client, change: dict[str, object], status: int, words: tuple[str, ...]
) -> None:
    refused(post(server, observations=[GOOD["observations"][0] | change]), status, *words)


def test_a_million_observations(server: httpx.Client) -> None:
    one = json.dumps(GOOD["observations"][0]).encode()
    body = b'{"date":"2008-03","observations":[' + b",".join([one] * 1_000_000) + b"]}"
    answer = server.post("/reconstruct", content=body)
    refused(answer, 413, "32 MB", "200,000")
    assert answer.elapsed.total_seconds() < 10


def test_too_many_small_observations(server: httpx.Client) -> None:
    """200,001 observations in a body that is not too large."""
    one = b'{"latitude":0,"longitude":0,"depth":5,"temperature":20}'
    body = b'{"date":"2008-03","observations":[' + b",".join([one] * 200_001) + b"]}"
    assert len(body) < 32 * 2**20
    refused(server.post("/reconstruct", content=body), 413, "200,001", "200,000")


def test_body_of_unstated_size(server: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 2**20

    refused(server.post("/reconstruct", content=chunks()), 413, "32 MB")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"[1]", 400),
        (b'{"date": NaN}', 400),
        (b"{", 400),
        (b"\x80\x05N.", 400),
        (b"[" * 100_000, 400),
    ],
)
def test_not_json(server: httpx.Client, content: bytes, status: int) -> None:
    refused(server.post("/reconstruct", content=content), status, "json")


@pytest.mark.parametrize(
    "media",
    [
        "application/vnd.bentoml+pickle",
        "application/octet-stream",
        "text/plain",
        "application/x-www-form-urlencoded",
    ],
)
def test_other_content_types(server: httpx.Client, media: str) -> None:
    body = b"\x80\x05cos\nsystem\n(S'true'\ntR."
    headers = {"content-type": media, "buffer-lengths": "3"}
    refused(server.post("/reconstruct", content=body, headers=headers), 415, media)


def test_address_instead_of_a_file(server: httpx.Client) -> None:
    """BentoML would fetch it; a listening socket would hear that."""
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(0.5)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/x.nc"
        parts = {"file": (None, address), "members": (None, "2")}
        refused(server.post("/reconstruct", files=parts), 400, "file", "not fetched")
        with pytest.raises(TimeoutError):
            listening.accept()


def test_forms_that_are_none(server: httpx.Client) -> None:
    headers = {"content-type": "multipart/form-data"}
    refused(server.post("/reconstruct", content=b"x", headers=headers), 400, "multipart")
    headers = {"content-type": "multipart/form-data; boundary=b"}
    refused(server.post("/reconstruct", content=b"--b\r\nnonsense", headers=headers), 400)
    swapped = {"date": ("d.txt", b"2008-03")}
    refused(server.post("/reconstruct", files=swapped), 400, "date")
    strange = {"file": ("x" * 400 + ".nc", b"CDF")}
    refused(server.post("/reconstruct", files=strange), 400, "file name")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("half.nc", b"\x89HDF\r\n\x1a\n" + b"\0" * 900, ("truncated",)),
        ("empty.nc", b"", ("empty",)),
        ("noise.nc", bytes(range(256)) * 20, ("netcdf",)),
        ("model.pkl", b"\x80\x05cos\nsystem\n(S'true'\ntR.\0", ()),
        ("words.csv", b"hello\n", ("latitude",)),
        ("bad.csv", b"latitude,longitude,depth,temperature\n99,0,5,20\n", ("latitude", "line 2")),
    ],
)
def test_bad_files(server: httpx.Client, name: str, content: bytes, words: tuple[str, ...]) -> None:
    answer = server.post("/reconstruct", files={"file": (name, content)}, data={"date": "2008-03"})
    refused(answer, 422, *words)
    assert "/tmp" not in answer.text


def test_other_addresses(server: httpx.Client) -> None:
    refused(server.get("/reconstruct"), 405, "POST")
    refused(server.post("/nothing", json={}), 404, "/reconstruct")
    for path in ("/livez", "/readyz", "/metrics", "/docs.json"):
        assert server.get(path).status_code == 200, path
    specification = server.get("/docs.json").json()
    assert "/reconstruct" in specification["paths"]


def _open(content: bytes) -> xr.Dataset:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.nc"
        path.write_bytes(content)
        return xr.load_dataset(path)
