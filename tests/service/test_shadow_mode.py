"""Candidates are asked what champions answered, and nobody notices."""

import os
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from bento.following import candidates, promoted
from bento.limits import SHADOW
from bento.routes import routes
from bento.shadow import waiting
from bento.shadow.shadow import Shadow
from bento.shadow.waiting import PLACES, Waiting, share
from bento.stopping import Stop
from test_following import registry  # noqa: F401

import thermocline.predict as predict
from thermocline.errors import BadConfig, BadData, BadFile
from thermocline.predict.log import read_log

ROUTE = routes()["/reconstruct"]
UPLOADS = routes()["/superresolve"]
Told = list[tuple[str, dict[str, Any]]]


def request() -> Any:
    return ROUTE.endpoint.Request(**ROUTE.endpoint.example(None))


def answer(value: float = 0.0) -> xr.Dataset:
    return xr.Dataset({"thetao": ("x", np.full(3, value, np.float32), {"units": "degree_Celsius"})})


@pytest.fixture
def champion(registry: dict[str, str]) -> predict.ServedModel:  # noqa: F811
    registry["candidate"] = "2"
    return predict.load_model("models:/x@champion")


def shadow(
    tmp_path: Path, champion: predict.ServedModel, asking: Any, share: float = 1
) -> tuple[Shadow, Told]:
    told: Told = []
    counted = lambda route, fate, found: told.append((fate, found))
    home = tmp_path / "home"
    home.mkdir()
    return Shadow(lambda: {"reconstruct": champion}, home, asking, counted, share, 0), told


def until(condition: Any) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about")


def logged(tmp_path: Path) -> list[Any]:
    """Lines that are whole by now."""
    log = tmp_path / "home" / "shadow.jsonl"
    with suppress(BadFile):
        return read_log(log)
    return []


def test_the_share_of_requests(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for said, found in (("", 0), ("0.1", 0.1), ("1", 1)):
        monkeypatch.setenv(waiting.SHARE, said)
        assert share() == found
    for said in ("yes", "-1", "10", "nan"):
        monkeypatch.setenv(waiting.SHARE, said)
        with pytest.raises(BadConfig, match="no share"):
            share()
    room = Waiting(tmp_path, 0.1, lambda *told: None)
    taken = [room._number() for _ in range(1000)]
    assert [place for place, each in enumerate(taken) if each] == list(range(9, 1000, 10))


def test_what_there_is_no_room_for_is_counted(
    tmp_path: Path, champion: predict.ServedModel
) -> None:
    told: Told = []
    folder = tmp_path / "shadow"
    room = Waiting(folder, 1, lambda route, fate, found: told.append((fate, found)))
    large = xr.Dataset({"x": ("y", np.zeros(waiting.MOST // 8 + 1))})
    room.offer(ROUTE, champion, request(), large, 1.0)
    assert told == [("missed", {})] and not folder.exists()
    for _ in range(PLACES + 2):
        room.offer(ROUTE, champion, request(), answer(), 1.0)
    assert told == [("missed", {})] * 3 and len(list(folder.iterdir())) == PLACES
    assert [room.kept.get().missed for _ in range(PLACES)] == [1, 0, 0, 0]
    room.offer(ROUTE, champion, request(), answer(), 1.0)
    assert room.kept.get().missed == 2
    Waiting(folder, 1, lambda *told: None)
    assert not folder.exists()  # what a killed process left is nobody's


def test_uploads_outlive_their_request(tmp_path: Path, champion: predict.ServedModel) -> None:
    file = tmp_path / "upload" / "sst.nc"
    file.parent.mkdir()
    file.write_bytes(b"content")
    room = Waiting(tmp_path / "shadow", 1, lambda *told: None)
    room.offer(UPLOADS, champion, UPLOADS.endpoint.Request(file=file), answer(), 1.0)
    file.unlink()
    from bento.tasks import requests

    kept = requests.kept(room.kept.get().folder, UPLOADS)
    assert Path(kept.file).read_bytes() == b"content"  # type: ignore[attr-defined]


def test_a_candidate_is_asked_at_low_priority(
    tmp_path: Path, champion: predict.ServedModel
) -> None:
    asked: list[tuple[str, Any, int]] = []

    def asking(served: predict.ServedModel, route: Any, question: Any, stop: Stop) -> xr.Dataset:
        niceness = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        asked.append((served.identity.version, question, niceness))
        return answer(2.0)

    found, told = shadow(tmp_path, champion, asking)
    until(lambda: found.candidates)
    found.offer(ROUTE, champion, request(), answer(), 0.5)
    until(lambda: len(logged(tmp_path)) == 1)
    assert asked == [("2", request(), SHADOW)]
    (line,) = read_log(tmp_path / "home" / "shadow.jsonl")
    assert (line["fate"], line["seconds"]["champion"], line["missed"]) == ("compared", 0.5, 0)
    assert line["differences"]["thetao"]["rms"] == 2 and told[0][0] == "compared"
    assert (line["champion"][-2:], line["candidate"][-2:]) == ("/1", "/2")
    until(lambda: not list((tmp_path / "home" / "shadow").iterdir()))
    found.close()


def test_what_a_candidate_cannot_do_is_logged(
    tmp_path: Path, champion: predict.ServedModel
) -> None:
    how: list[Exception] = [BadData("too deep", where="depth"), KeyError("x"), BadData("again")]

    def asking(*asked: Any) -> xr.Dataset:
        raise how[len(told)]

    found, told = shadow(tmp_path, champion, asking)
    until(lambda: found.candidates)
    for _ in how:
        found.offer(ROUTE, champion, request(), answer(), 0.5)
    until(lambda: len(told) == 3)
    found.close()
    assert [fate for fate, _ in told] == ["refused", "failed", "refused"]
    until(lambda: len(logged(tmp_path)) == 3)
    lines = read_log(tmp_path / "home" / "shadow.jsonl")
    assert [line["why"] for line in lines] == ["too deep", "KeyError", "again"]


def test_it_ends_between_two_steps(tmp_path: Path, champion: predict.ServedModel) -> None:
    begun = threading.Event()

    def asking(served: Any, route: Any, question: Any, stop: Stop) -> xr.Dataset:
        begun.set()
        while True:
            stop.check()
            time.sleep(0.01)

    found, told = shadow(tmp_path, champion, asking)
    until(lambda: found.candidates)
    found.offer(ROUTE, champion, request(), answer(), 0.5)
    assert begun.wait(10)
    found.close()
    until(lambda: not list((tmp_path / "home" / "shadow").iterdir()))
    assert not told and not (tmp_path / "home" / "shadow.jsonl").exists()


def test_candidates_are_followed(
    champion: predict.ServedModel,
    registry: dict[str, str],  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    champions = {"reconstruct": champion}
    failed: set[str] = set()
    first = candidates(champions, {}, failed)
    assert first["reconstruct"].identity.version == "2"
    assert candidates(champions, first, failed)["reconstruct"] is first["reconstruct"]
    registry["candidate"] = "3"  # which cannot be loaded: once tried, it is not again
    for _ in range(2):
        assert candidates(champions, first, failed) == first
    assert caplog.text.count("version 3 is not taken") == 1
    registry["candidate"] = "1"  # the champion itself
    assert candidates(champions, first, failed) == {}
    del registry["candidate"]
    assert candidates(champions, first, failed) == {}


def test_a_silent_registry_changes_nothing(
    champion: predict.ServedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: str) -> None:
        raise BadFile("the registry gave no answer")

    monkeypatch.setattr(predict, "find_version", silent, raising=False)
    models = {"reconstruct": champion}
    assert promoted(models, set()) == {} and candidates(models, models, set()) == {}
    other = {"reconstruct": replace(champion, identity=replace(champion.identity, version="2"))}
    assert candidates(models, other, set()) == other


def test_nothing_is_asked_unless_it_is_wished(
    tmp_path: Path, champion: predict.ServedModel
) -> None:
    before = threading.active_count()
    found, told = shadow(tmp_path, champion, None, share=0)
    found.offer(ROUTE, champion, request(), answer(), 0.5)
    assert threading.active_count() <= before and not told and not found.candidates
    assert not list((tmp_path / "home").iterdir())
