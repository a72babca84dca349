"""Tasks of a service with the endpoints of `waiting` and `test_any_system`."""

import json
import time
from typing import Any

import waiting
from starlette.testclient import TestClient


def until(client: TestClient, task: str, *statuses: str) -> dict[str, Any]:
    """The task once it is one of these."""
    for _ in range(1000):
        said: dict[str, Any] = client.get(f"/tasks/{task}").json()
        if said["status"] in statuses:
            return said
        time.sleep(0.01)
    raise AssertionError(said)


def submit(client: TestClient, route: str, **body: Any) -> dict[str, Any]:
    """A task's first description."""
    answer = client.post(f"/tasks/{route}", json=body)
    assert answer.status_code == 202, answer.text
    said: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/tasks/{said['task']}"
    return said


def check_result(client: TestClient) -> None:
    """A task's answer is the plain endpoint's, headers included."""
    said = submit(client, "tide-height", hour=6)
    assert set(said) == {"task", "route", "status", "step", "steps", "created", "expires"}
    assert (said["route"], said["status"], said["expires"]) == ("tide-height", "queued", None)
    done = until(client, said["task"], "finished")
    assert done["expires"] > done["created"] and done["step"] == done["steps"]
    for form in ("json", "netcdf", "zarr"):
        plain = client.post("/tide-height", json={"hour": 6, "format": form})
        result = client.get(f"/tasks/{said['task']}/result", params={"format": form})
        assert result.status_code == 200 and result.content == plain.content
        names = set(plain.headers) - {"server", "x-bentoml-request-id"}
        assert {n: plain.headers[n] for n in names} == {n: result.headers[n] for n in names}
    for accept, kind in (("application/zip", "zip"), ("text/html, */*;q=0.1", "json")):
        found = client.get(f"/tasks/{said['task']}/result", headers={"accept": accept})
        assert found.headers["content-type"].endswith(kind)
    odd = client.get(f"/tasks/{said['task']}/result", params={"format": "png"})
    assert odd.status_code == 400 and odd.json()["error"]["where"] == "format"


def check_refusals(client: TestClient) -> None:
    """Bodies are checked as those of the plain addresses, with the same words."""
    for route, body in (
        ("tide-height", {"json": {"hour": 25}}),
        ("tide-height", {"json": {"hours": 6}}),
        ("tide-height", {"content": b"{", "headers": {"content-type": "application/json"}}),
        ("tide-height", {"content": b"x", "headers": {"content-type": "text/plain"}}),
        ("tide-gauge", {"json": {"winds": "http://x.org/y"}}),
        ("tide-gauge", {"data": {"winds": "http://x.org/y"}, "files": {"file": b"1"}}),
        ("tide-gauge", {"files": {"winds": ("a/b.txt", b"1")}}),
    ):
        plain, task = (client.post(f"{start}/{route}", **body) for start in ("", "/tasks"))
        assert 400 <= plain.status_code < 500
        assert (task.status_code, task.json()) == (plain.status_code, plain.json())
    unknown = "x" * 22
    for method, path in (
        ("GET", f"/tasks/{unknown}"),
        ("DELETE", f"/tasks/{unknown}"),
        ("GET", f"/tasks/{unknown}/events"),
        ("GET", f"/tasks/{unknown}/result"),
        ("GET", f"/tasks/{unknown}/elsewhere"),
        ("GET", "/tasks/../etc"),
        ("POST", "/tasks/nowhere"),
    ):
        assert client.request(method, path).status_code == 404, path
    assert client.put(f"/tasks/{unknown}").headers["allow"] == "GET, HEAD, DELETE"
    assert client.get("/tasks/tide-height").headers["allow"] == "POST"


def check_uploads(client: TestClient) -> None:
    """Files outlive their request; what is wrong with one is told by its field."""
    files = {"file": ("x.txt", b"1 2 3"), "winds": ("x.txt", b"4 5")}
    task = client.post("/tasks/tide-gauge", files=files).json()["task"]
    until(client, task, "finished")
    found = client.get(f"/tasks/{task}/result").json()
    assert (found["file"], found["winds"]) == (3, 2)
    task = client.post("/tasks/tide-gauge", files={"winds": ("x.txt", b"\xff")}).json()["task"]
    failed = until(client, task, "failed")
    assert failed["error"] == {"what": "no text", "where": "winds", "fix": "look at winds"}
    refused = client.get(f"/tasks/{task}/result")
    assert refused.status_code == 409 and "failed" in refused.json()["error"]["what"]


def check_cancelled(client: TestClient) -> None:
    """A large task that runs, told as it goes; one behind it; and small ones that pass them."""
    waiting.LET_GO.clear()
    waiting.BEGUN.clear()
    first, second = (submit(client, "tide-wait")["task"] for _ in range(2))
    assert waiting.BEGUN.wait(60)
    until(client, submit(client, "tide-height", hour=6)["task"], "finished")
    assert client.get(f"/tasks/{first}/result").status_code == 409
    assert client.delete(f"/tasks/{first}").json()["status"] == "cancelled"
    events = client.get(f"/tasks/{first}/events")
    assert events.headers["content-type"].startswith("text/event-stream")
    (last,) = events.text.strip().split("\n\n")
    assert json.loads(last.removeprefix("data: ")) == client.get(f"/tasks/{first}").json()
    until(client, second, "running")  # in its place, though nobody let the first go
    waiting.LET_GO.set()
    lines = client.get(f"/tasks/{second}/events").text.strip().split("\n\n")
    told = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert told[-1]["status"] == "finished" and told[-1]["step"] == told[-1]["steps"] == 2
    assert client.delete(f"/tasks/{second}").json() == told[-1]  # it had ended
