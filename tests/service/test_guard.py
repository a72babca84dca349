"""The guard alone, in process: tokens, and that what passes is passed on unchanged."""

import json

import pytest
from bento.bodies import MAX_BODY
from bento.guard import Guard
from bento.replies import uniform
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


def client(token: str = "") -> TestClient:
    routes = [
        Route("/echo", echo, methods=["POST"]),
        Route("/fail", fail, methods=["GET"]),
        Route("/readyz", lambda r: PlainTextResponse("ok")),
    ]
    return TestClient(Guard(Starlette(routes=routes), token), base_url="http://127.0.0.1")


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
        (429, b'{"error": "Too many requests"}', "too many requests at once"),
        (504, b'{"error": "Not able to process"}', "the analysis took too long"),
        (404, b"Not Found", "no such address"),
        (400, b'[{"error": "odd"}]', "odd"),
        (400, b"[]", "bad request"),
        (
            400,
            json.dumps({"detail": [{"loc": ["seed"], "msg": "no"}] * 5}).encode(),
            "seed: no; seed: no; seed: no; and 2 more",
        ),
    ],
)
def test_uniform(status: int, body: bytes, what: str) -> None:
    error = uniform(status, body)["error"]
    assert error["what"] == what and set(error) == {"what", "where", "fix"}
