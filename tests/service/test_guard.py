"""The guard alone, in process: tokens, and that what passes is passed on unchanged."""

import asyncio
import json
import os
import sys
import threading
import time
from typing import Any

import pytest
from bento.guard import Guard
from bento.limits import MAX_BODY, NICENESS, Places, Turns, at_low_priority
from bento.replies import uniform
from bento.stopping import STOP, Line, Stop, Stopped
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient


async def echo(request: Request) -> JSONResponse:
    body = await request.body()
    return JSONResponse({"size": len(body), "text": body[:20].decode()})


async def fail(request: Request) -> PlainTextResponse:
    return PlainTextResponse("secret traceback", status_code=500)


METHODS = {"/echo": ("POST",), "/fail": ("GET", "HEAD"), "/readyz": ("GET", "HEAD"), "/": ("GET",)}


def client(token: str = "", **limits: Any) -> TestClient:
    routes = [
        Route("/echo", echo, methods=["POST"]),
        Route("/fail", fail, methods=["GET"]),
        Route("/readyz", lambda r: PlainTextResponse("ok")),
        Route("/", lambda r: PlainTextResponse("the page")),
    ]
    guard = Guard(Starlette(routes=routes), token, METHODS, **limits)
    return TestClient(guard, base_url="http://127.0.0.1")


def test_token() -> None:
    guarded = client("s3cret-ü")
    for headers in ({}, {"Authorization": "Bearer s3cret"}, {"Authorization": "s3cret-ü"}):
        raw = {k: v.encode() for k, v in headers.items()}
        answer = guarded.post("/echo", json={}, headers=raw)  # type: ignore[arg-type]
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
        assert "Bearer" in answer.json()["error"]["fix"]
    good = {"Authorization": "Bearer s3cret-ü".encode()}
    assert guarded.post("/echo", json={}, headers=good).status_code == 200  # type: ignore[arg-type]
    assert guarded.get("/readyz").status_code == 200  # probes need no token
    assert guarded.get("/").status_code == 200  # nor does the page, which asks for it


def test_addresses_and_methods() -> None:
    """What is not there is a 404, whatever the method; another method is a 405 with `Allow`."""
    guarded = client()
    for method, path, allow in (
        ("PUT", "/echo", "POST"),
        ("DELETE", "/echo", "POST"),
        ("GET", "/echo", "POST"),
        ("POST", "/fail", "GET, HEAD"),
    ):
        answer = guarded.request(method, path, content=b"x", headers={"content-type": "text/x"})
        assert answer.status_code == 405 and answer.headers["allow"] == allow
        assert set(answer.json()["error"]) == {"what", "where", "fix"}
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert guarded.request(method, "/nowhere").json()["error"]["what"] == "no such address"


def test_full() -> None:
    answer = client(places=Places(most=0)).post("/echo", json={})
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0
    assert answer.json()["error"]["what"] == "too many requests at once"


def asked(guard: Guard, *parts: bytes) -> list[Any]:
    """What is sent to a client that sends parts of a body, and then waits."""
    sent: list[Any] = []

    async def ask() -> None:
        left = list(parts)

        async def receive() -> Any:
            if not left:
                await asyncio.sleep(60)
            return {"type": "http.request", "body": left.pop(0), "more_body": True}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/echo", "headers": []}
        await guard(scope, receive, send)

    asyncio.run(ask())
    return sent


def test_half_a_body() -> None:
    async def never(*_: Any) -> None:
        raise AssertionError("the request was handed on")

    guard = Guard(never, "", METHODS, pause=0.05, places=Places(most=1))
    for _ in range(2):
        start, body = asked(guard, b"{", b'"date"')
        assert start["status"] == 408 and (b"connection", b"close") in start["headers"]
        assert "0.05 s" in json.loads(body["body"])["error"]["fix"]
    assert guard.bodies.unfinished == 0 and guard.places.free["all"] == 1


def test_too_long() -> None:
    """The answer is a 504, and the place is free once the work has ended."""
    ended = []

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    guard = Guard(slow, "", METHODS, timeout=0.05, places=Places(most=1))
    for count in (1, 2):
        answer = TestClient(guard).post("/echo", json={})
        assert answer.status_code == 504 and len(ended) == count
        assert answer.json()["error"]["what"] == "the analysis took too long"


def left_early(guard: Guard) -> None:
    """A client that sends its body and leaves."""

    async def ask() -> None:
        left = [
            {"type": "http.request", "body": b"{}", "more_body": False},
            {"type": "http.disconnect"},
        ]

        async def receive() -> Any:
            return left.pop(0)

        async def send(message: Any) -> None:
            pass

        await guard(
            {"type": "http", "method": "POST", "path": "/echo", "headers": []}, receive, send
        )

    asyncio.run(asyncio.wait_for(ask(), 10))


def test_work_ends_when_nobody_waits_for_it() -> None:
    """Because the client left, or because it took too long: between two steps."""
    ended: list[bool] = []

    def work() -> None:
        stop = STOP.get()
        assert stop is not None
        try:
            while True:
                stop.check()
                time.sleep(0.01)
        except Stopped:
            ended.append(True)

    async def working(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.to_thread(work)

    guard = Guard(working, "", METHODS, places=Places(most=1))
    left_early(guard)
    assert ended == [True] and guard.places.free["all"] == 1
    assert STOP.get() is None
    late = Guard(working, "", METHODS, timeout=0.05, places=Places(most=1))
    assert TestClient(late).post("/echo", json={}).status_code == 504
    assert ended == [True, True]


def test_who_waits_for_a_turn_may_leave() -> None:
    turns, stop = Turns(), Stop()
    with turns.of(True, Stop())():
        threading.Timer(0.1, stop.wish).start()
        with pytest.raises(Stopped), turns.of(True, stop)():
            raise AssertionError("two at once")
        with turns.of(False, Stop())():
            pass
    with pytest.raises(Stopped), turns.of(True, stop)():
        raise AssertionError("the wish is forgotten")
    with turns.of(True, Stop())():
        pass


def test_turns_are_given_in_order() -> None:
    """Also when one who waited has left the line, and to as many at once as there are places."""
    line, order = Line(1), []
    stops = [Stop() for _ in range(6)]

    def wait(number: int) -> None:
        try:
            with line.place(stops[number]):
                order.append(number)
        except Stopped:
            order.append(-number)

    with line.place(Stop()):
        threads = [threading.Thread(target=wait, args=(number,)) for number in range(6)]
        for count, thread in enumerate(threads, 1):
            thread.start()
            while len(line.waiting) < count:
                time.sleep(0.001)
        stops[3].wish()
        threads[3].join(10)
        assert order == [-3]
    for thread in threads:
        thread.join(10)
    assert order == [-3, 0, 1, 2, 4, 5] and line.free == 1
    two = Line(2)
    with two.place(Stop()), two.place(Stop()):
        assert two.free == 0


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own")
def test_large_questions_run_behind_others() -> None:
    """In a thread of lower priority, with the request's context; this one's stays as it was."""
    mine = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    token = STOP.set(stop := Stop())
    try:
        look = lambda: (os.getpriority(os.PRIO_PROCESS, threading.get_native_id()), STOP.get())
        assert at_low_priority(look) == (max(mine, NICENESS), stop)
        stop.wish()
        with pytest.raises(Stopped):
            at_low_priority(stop.check)
    finally:
        STOP.reset(token)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == mine


def test_a_fault_is_answered() -> None:
    async def faulty(*_: Any) -> None:
        raise RuntimeError("secret")

    for method, path in (("GET", "/fail"), ("POST", "/echo")):
        answer = TestClient(Guard(faulty, "", METHODS)).request(method, path, json={})
        assert answer.status_code == 500 and "secret" not in answer.text
        assert answer.json()["error"]["what"] == "internal error"


@pytest.mark.parametrize("size", [0, 1, 2**20, 2**20 + 1, MAX_BODY])
def test_bodies_are_passed_on(size: int) -> None:
    answer = client().post("/echo", content=b"x" * size)
    assert answer.status_code == 200 and answer.json()["size"] == size


def test_a_body_one_byte_too_large() -> None:
    assert client().post("/echo", content=b"x" * (MAX_BODY + 1)).status_code == 413


def test_internal_errors_tell_nothing() -> None:
    answer = client().get("/fail")
    assert answer.status_code == 500 and "secret" not in answer.text
    assert answer.json()["error"]["what"] == "internal error"


@pytest.mark.parametrize(
    ("status", "body", "what"),
    [
        (504, b'{"error": "Not able to process"}', "the analysis took too long"),
        (404, b"Not Found", "no such address"),
        (400, b'[{"error": "odd"}]', "odd"),
        (400, b"[]", "bad request"),
        (
            400,
            json.dumps({"detail": [{"loc": ["seed"], "msg": "no"}] * 5}).encode(),
            "`seed` no; `seed` no; `seed` no; and 2 more",
        ),
    ],
)
def test_uniform(status: int, body: bytes, what: str) -> None:
    error = uniform(status, body)["error"]
    assert error["what"] == what and set(error) == {"what", "where", "fix"}
