"""What the service says of itself: its description in OpenAPI, its models, and its page."""

import html
import re
import subprocess
from pathlib import Path

import httpx
import xarray as xr
from openapi_spec_validator import OpenAPIV31SpecValidator
from test_service import refused

from thermocline import systems


def test_a_valid_description(server: httpx.Client) -> None:
    document = server.get("/docs.json").json()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"
    for _, endpoint in systems.endpoints():
        operation = document["paths"][f"/{endpoint.route}"]["post"]
        assert {"200", "400", "413", "422", "429", "503"} <= set(operation["responses"])
        form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert set(form["properties"]) == {*endpoint.Request.model_fields, "format"}
    for status, response in document["components"]["responses"].items():
        schema = response["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Refusal"}, status


def test_examples_are_answered(server: httpx.Client) -> None:
    """With 200 where a model is served, and 503 where none is."""
    served = {each["system"] for each in models(server) if each["model"]}
    paths = server.get("/docs.json").json()["paths"]
    asked = 0
    for system, endpoint in systems.endpoints():
        content = paths[f"/{endpoint.route}"]["post"]["requestBody"]["content"]
        if "application/json" in content:
            example = content["application/json"]["example"]
            answer = server.post(f"/{endpoint.route}", json=example)
            assert answer.status_code == (200 if system in served else 503), answer.text
            asked += 1
    assert asked > len(served)


def models(server: httpx.Client) -> list[dict]:  # type: ignore[type-arg]
    return server.get("/models").json()["systems"]


def test_models(server: httpx.Client) -> None:
    every = {each["system"]: each for each in models(server)}
    assert set(every) == set(systems.names())
    assert every["seaice"]["model"] is None and every["seaice"]["endpoints"]
    who = every["reconstruct"]["model"]
    assert who["name"] == "thermocline-reconstruct" and who["version"] == "unregistered"
    assert who["data_digest"] == "d" * 64 and len(who["digest"]) == 64
    assert {"alias", "git_commit", "verdict"} <= set(who)
    lineages = server.get("/lineage").json()["systems"]
    assert {each["system"] for each in lineages} == {s for s in every if every[s]["model"]}
    assert all(each["lineage"] is None for each in lineages)  # of folders that nobody registered


def test_the_page_comes_whole_and_once(server: httpx.Client) -> None:
    answer = server.get("/")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; ") and "unsafe" not in policy
    linked = re.findall(r'(?:src|href)="(\./[^"]*)"', answer.text)
    assert {"./page.js", "./index.css"} == set(linked)
    for link in ("/", *(link[1:] for link in linked)):
        file = server.get(link)
        assert file.status_code == 200 and file.headers["content-encoding"] == "gzip"
        again = server.get(link, headers={"if-none-match": file.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        whole = server.get(link, headers={"accept-encoding": "identity"})
        assert whole.content == file.content
    assert "http" not in answer.text


def test_about_is_whole_and_alone(server: httpx.Client) -> None:
    answer = server.get("/about")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
    assert answer.headers["content-type"].startswith("text/html")
    for tag in ("<script", "<img", "<link", "<iframe", "style=", "url("):
        assert tag not in answer.text, tag
    links = re.findall(r'(?:href|src)="([^"]*)"', answer.text)
    assert {"/", "/docs.json", "/models", "/metrics", "/livez", "/licenses.txt"} == set(links)
    for link in links:
        assert server.get(link).status_code == 200, link
    for each in models(server):
        for fact in (each["title"], *(each["model"] or {}).values()):
            assert html.escape(fact) in answer.text
    assert "No model of seaice is served" in answer.text


def test_its_commands_work_as_typed(server: httpx.Client, tmp_path: Path) -> None:
    commands = re.findall(r"<pre[^>]*>(.*?)</pre>", server.get("/about").text, re.DOTALL)
    assert len(commands) == 2  # of the two systems that are served
    for command in commands:
        done = subprocess.run(
            ["bash", "-ec", html.unescape(command)], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        if "-o" not in command.splitlines()[-1]:
            assert '"model"' in done.stdout, done.stdout
    with xr.open_dataset(tmp_path / "superresolved.nc") as dataset:
        assert dataset["analysed_sst"].notnull().any()


def test_a_name_of_the_host_is_quoted(server: httpx.Client) -> None:
    text = server.get("/about", headers={"host": "x'><script>;rm"}).text
    assert "<script" not in text


def test_what_is_not_there(server: httpx.Client) -> None:
    for path in ("/samples/reconstruct/file.nc", "/samples/superresolve/x.nc", "/schema.json"):
        refused(server.get(path), 404, "no such")
    for method in ("PUT", "DELETE", "GET"):
        answer = server.request(method, "/reconstruct")
        refused(answer, 405, "POST")
        assert answer.headers["allow"] == "POST"
    assert server.post("/", json={}).headers["allow"] == "GET, HEAD"
