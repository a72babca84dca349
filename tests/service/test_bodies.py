"""Bodies that could be read in two ways are refused, not read in one of them."""

import asyncio
import threading
from typing import Any

import pytest
from bento.bodies import check_form, check_json
from bento.guard import Guard
from bento.limits import SMALL
from bento.reading import Bodies, Left, replay
from bento.refusals import Refused
from bento.routes import asked, entries
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


def refused_of_a_list(count: int, entry: bytes = b"[]") -> bytes:
    return b'{"date":"2008-03","observations":[' + b",".join([entry] * count) + b"]}"


@pytest.mark.parametrize(
    "body",
    [
        refused_of_a_list(2_000_000),
        refused_of_a_list(2_000_000, b"{}"),
        refused_of_a_list(2_000_000, b"0"),
        b'{"date": [' + 700_000 * b"[[]]," + b"0]}",
        b'{"box":{' + b",".join(b'"%d":0' % number for number in range(1_500_000)) + b"}}",
    ],
    ids=["lists", "objects", "numbers", "of another field", "keys"],
)
def test_too_many_values_are_refused_before_they_are_made(
    route: Any, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each becomes an object of some 50 bytes: a body of 30 MB took most of a gigabyte."""
    monkeypatch.setattr("orjson.loads", None)
    monkeypatch.setattr("json.loads", None)
    with pytest.raises(Refused, match=r"more than 1,4.* at most 200,000 observations") as caught:
        check_json(body, route)
    assert caught.value.status == 413


def test_a_long_list_is_refused_before_it_is_read_again(
    route: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("json.loads", None)
    with pytest.raises(Refused, match="200,001 observations; at most 200,000") as caught:
        check_json(refused_of_a_list(200_001), route)
    assert caught.value.status == 413


def test_as_many_values_as_a_question_may_have() -> None:
    """Every field of every observation, of every endpoint that takes them as JSON."""
    for address in ("/reconstruct", "/densify", "/seaice"):
        route = asked(address)
        assert route is not None
        kind = route.endpoint.Request.model_fields["observations"].annotation
        entry = entries(kind).model_fields
        each = b"{" + b",".join(b'"%s":1' % name.encode() for name in entry) + b"}"
        listed = b",".join([each] * route.lists["observations"])
        check_json(b'{"observations":[' + listed + b"]}", route)


def form_of(name: str, value: bytes) -> tuple[Headers, bytes]:
    part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--x--\r\n'
    headers = Headers({"content-type": "multipart/form-data; boundary=x"})
    return headers, part % (name.encode(), value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("observations", b"[" + b"0," * 200_000 + b"0]", "200,001 observations"),
        ("date", b"[" * 100_000, "neither a text nor a value"),
        ("seed", b"1" * 5000, "neither a text nor a value"),
        ("observations", b'[{"depth": 1, "depth": 2}]', "'depth' is there twice"),
    ],
)
def test_texts_of_forms_that_are_read_as_json(
    route: Any, name: str, value: bytes, words: str
) -> None:
    headers, body = form_of(name, value)
    with pytest.raises(Refused, match=words):
        asyncio.run(check_form(headers, body, route))


def test_texts_of_forms_that_are_texts(route: Any) -> None:
    for value in (b"2008-03", b"[2008", b"", b"-80, 20, -40, 50", "é".encode()):
        asyncio.run(check_form(*form_of("date", value), route))


def test_others_have_their_turn_while_a_large_body_is_looked_at() -> None:
    """A body that is parsed, in a thread of its own; and a form, between its parts."""
    found = asked("/reconstruct")
    assert found is not None
    turns, threads = 0, set[threading.Thread]()

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def look() -> tuple[int, int]:
        other = asyncio.create_task(count())
        bodies = Bodies()
        await bodies.look(b" " * SMALL, lambda body: threads.add(threading.current_thread()))
        assert turns == 0 and threads == {threading.current_thread()}
        begun = threading.Event()

        def wait(body: bytes) -> None:
            assert bodies.unfinished == len(body)
            threads.add(threading.current_thread())
            assert begun.wait(30)

        looking = asyncio.create_task(bodies.look(b" " * (SMALL + 1), wait))
        while turns < 10:
            await asyncio.sleep(0)
        begun.set()
        await looking
        assert len(threads) == 2 and bodies.unfinished == 0
        before, body = turns, form_of("date", b"2008-03")[1]
        file = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.nc"\r\n\r\n'
        body = file + b"\r\n" * 2**19 + body
        await check_form(form_of("date", b"")[0], body, found)
        after = turns
        again = replay(body, Left(None).receive)  # type: ignore[arg-type]
        while (await again())["more_body"]:
            pass
        other.cancel()
        return after - before, turns - after

    assert all(taken >= 4 for taken in asyncio.run(look()))
