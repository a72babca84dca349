"""Bodies that could be read in two ways are refused, not read in one of them."""

import asyncio
from typing import Any

import pytest
from bento.bodies import check_form, check_json
from bento.guard import Guard
from bento.refusals import Refused
from bento.routes import asked
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient


@pytest.fixture
def route() -> Any:
    found = asked("/reconstruct")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"date": "2008-03", "date": "2009-03"}', "'date' is there twice"),
        (b'{"observations": [{"latitude": 1, "latitude": 2}]}', "'latitude' is there twice"),
        (b'{"members": true}', "a boolean is no number"),
        (b'{"seed": false}', "a boolean is no number"),
    ],
)
def test_json_that_says_two_things(route: Any, body: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words) as caught:
        check_json(body, route)
    assert caught.value.status == 400


def test_json_that_says_one_thing(route: Any) -> None:
    check_json(b'{"date": "2008-03", "observations": [{"depth": 1}, {"depth": 2}]}', route)


def test_json_that_is_nested_too_deeply(route: Any) -> None:
    with pytest.raises(Refused):
        check_json(b'{"observations": ' + 990 * b"[" + 990 * b"]" + b"}", route)


def test_a_form_with_a_field_twice(route: Any) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="members"\r\n\r\n%d\r\n'
    body = part % 2 + part % 3 + b"--x--\r\n"
    headers = Headers({"content-type": "multipart/form-data; boundary=x"})
    with pytest.raises(Refused, match="two values where one is expected"):
        asyncio.run(check_form(headers, body, route))
    asyncio.run(check_form(headers, part % 2 + b"--x--\r\n", route))


def test_fields_in_the_address_are_not_ignored() -> None:
    async def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse("answered")

    routes = [Route("/reconstruct", answer, methods=["POST"])]
    guard = Guard(Starlette(routes=routes), "", {"/reconstruct": ("POST",)})
    client = TestClient(guard, base_url="http://127.0.0.1")
    assert client.post("/reconstruct", json={"date": "2008-03"}).text == "answered"
    refused = client.post("/reconstruct?members=3", json={"date": "2008-03"})
    assert refused.status_code == 400 and "address" in refused.json()["error"]["what"]
