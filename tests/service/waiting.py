"""Endpoints whose work lasts until a test lets it end, and what must not wait for them."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from threading import Event, Lock
from typing import Annotated, Any

import xarray as xr
from pydantic import Field
from starlette.testclient import TestClient

from thermocline.answers.request import Request
from thermocline.concurrency import in_turn
from thermocline.errors import BadData
from thermocline.systems.endpoint import Endpoint, Options

LET_GO, BEGUN = Event(), Event()
AT_WORK, MOST, COUNTING = [0], [0], Lock()


class WaitRequest(Request):
    """Nothing, what is wrong, or what fails."""

    how: Annotated[str, Field(description="well, wrong or failing")] = "well"


def wait(model: Any, request: WaitRequest, options: Options) -> xr.Dataset:
    """Works until LET_GO is set, within its turn; counts how many do at once."""
    if request.how == "wrong":
        raise BadData("wrong", where="how", fix="ask well")
    if request.how == "failing":
        raise RuntimeError("a fault of the house")
    with in_turn():
        with COUNTING:
            AT_WORK[0] += 1
            MOST[0] = max(MOST[0], AT_WORK[0])
        BEGUN.set()
        try:
            options.progress(1, 2)
            while not LET_GO.wait(0.01):
                options.progress(1, 2)
            options.progress(2, 2)
        finally:
            with COUNTING:
                AT_WORK[0] -= 1
    return xr.Dataset(attrs={"title": "Waited", "source": "a clock", "date": "any day"})


LONG = Endpoint(
    route="tide-wait",
    summary="Waits.",
    request=lambda: WaitRequest,
    answer=wait,
    describe=lambda dataset: {},
    print=lambda summary: [],
    example=lambda model=None: {},
    default_format="json",
    exclusive=True,
)


def check_nothing_waits(client: TestClient) -> None:
    """While a large question is worked on: small ones, refusals and probes are answered."""
    ask = lambda: client.post("/tide-wait", json={})
    with ThreadPoolExecutor(8) as pool:
        try:
            large: list[Future[Any]] = [pool.submit(ask)]
            assert BEGUN.wait(60)
            height = client.post("/tide-height", json={"hour": 6})
            assert height.status_code == 200 and height.json()["height"] == -2
            assert client.post("/tide-height", json={"hour": 25}).status_code == 400
            # What is found wrong with a large question is said before its turn comes.
            assert client.post("/tide-wait", json={"how": "wrong"}).status_code == 422
            for path in ("/livez", "/readyz", "/models"):
                assert client.get(path).status_code == 200, path
            large += [pool.submit(ask) for _ in range(4)]
            turned_away = next(as_completed(large, 60))
            assert turned_away.result().status_code == 429
            assert turned_away.result().headers["retry-after"] == "60"
            large.remove(turned_away)
            assert not any(each.done() for each in large)
        finally:
            LET_GO.set()
        assert [each.result().status_code for each in large] == [200] * 4
    assert MOST[0] == 1  # one at a time


def check_log(client: TestClient) -> None:
    """One line a request, with a traceback for faults of the house alone."""
    told: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = told.append  # type: ignore[method-assign]
    bentoml = logging.getLogger("bentoml")
    level = bentoml.level
    bentoml.addHandler(handler)
    bentoml.setLevel(logging.INFO)
    try:
        for body, status in (
            ({"hour": 25}, 400),
            ({"hour": "noon"}, 400),
            ({"hours": 6}, 400),
            ({"hour": 6}, 200),
        ):
            assert client.post("/tide-height", json=body).status_code == status
        assert client.post("/tide-wait", json={"how": "wrong"}).status_code == 422
        assert client.get("/no%0Ahow").status_code == 404
        assert client.get("/livez").status_code == 200
        lines = [record.getMessage() for record in told]
        starts = [f"POST /tide-height {status} " for status in (400, 400, 400, 200)]
        starts += ["POST /tide-wait 422 ", "GET /no\\nhow 404 "]
        assert len(lines) == len(starts), lines
        assert all(map(str.startswith, lines, starts)), lines
        assert not any(record.exc_info for record in told)
        told.clear()
        failed = client.post("/tide-wait", json={"how": "failing"})
        assert failed.status_code == 500 and "fault of the house" not in failed.text
        assert any(record.exc_info for record in told)
        assert told[-1].getMessage().startswith("POST /tide-wait 500 ")
    finally:
        bentoml.removeHandler(handler)
        bentoml.setLevel(level)
