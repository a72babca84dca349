"""What an alias, the log or a Bento refers to is not deleted; the rest is."""

import json
from pathlib import Path

import pytest
from made import NAME, add_version

from thermocline.errors import BadData, BadFile, ThermoclineError
from thermocline.registry.aliases.log import append, apply
from thermocline.registry.aliases.log_store import log_name
from thermocline.registry.lineage.bentos import MODELS
from thermocline.registry.promotion.promote import promote
from thermocline.registry.registration.deletion import delete_run, delete_version, references
from thermocline.registry.store.connection import connect

DIGEST = "d" * 64


@pytest.fixture(autouse=True)
def no_bentos_of_others(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENTOML_HOME", raising=False)
    monkeypatch.setenv("HOME", str(store / "home"))


def version(number: str):
    return connect().get_model_version(NAME, number)


def numbers() -> list[str]:
    return sorted(str(v.version) for v in connect().search_model_versions(f"name = '{NAME}'"))


def refused(number: str, match: str) -> None:
    before = numbers()
    with pytest.raises(ThermoclineError, match=match):
        delete_version(connect(), version(number))
    assert numbers() == before


def test_aliases_and_the_log(store: Path, config) -> None:
    client = connect()
    for ours in (0.8, 0.6, 0.7, 0.9):
        add_version(store, ours)
    promote(client, NAME, "1", config)
    promote(client, NAME, "2", config)
    assert not append(client, NAME, "champion", "3", "1", "too late").valid
    client.set_registered_model_alias(NAME, "mine", "4")
    refused("1", r"version 1 is not deleted: entry 1 of the log.*entry 2 of the log")
    refused("2", "@champion is version 2; entry 2 of the log")
    refused("3", r"entry 3 of the log names it \(@champion 1 → 3")  # although it is void
    refused("4", "@mine is version 4")
    client.delete_registered_model_alias(NAME, "mine")
    delete_version(client, version("4"))
    assert numbers() == ["1", "2", "3"] and apply(client, NAME) == "2"
    entry = client.get_model_version(log_name(NAME), "1")
    with pytest.raises(BadData, match="entry 1 of a log"):
        delete_version(client, entry)
    client.delete_model_version(log_name(NAME), "1")
    refused("3", "the log is broken")


def bento(home: Path, tag: str, labels: str = "", identity: str = "") -> None:
    folder = home / "bentos" / "thermocline" / tag
    inside = folder / MODELS / "reconstruct"
    inside.mkdir(parents=True)
    text = f"service: bento.service:Thermocline\nname: thermocline\nversion: {tag}\n"
    (folder / "bento.yaml").write_text(f"{text}labels:\n  project: thermocline\n{labels}")
    if identity:
        (inside / "identity.json").write_text(identity)


def test_bentos(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named by bento.json, by a Bento's labels, and by the identity inside one without."""
    for _ in range(4):
        add_version(store, 0.8)
    facts = [
        {"name": NAME, "version": v, "digest": version(v).tags["thermocline.digest"]}
        for v in ("1", "2", "3")
    ]
    place = store / "build/package/bento.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"tag": "thermocline:v1", "models": {"reconstruct": facts[0]}}))
    said = {"model": NAME, "model_version": "2", "model_digest": facts[1]["digest"]}
    labels = "".join(f"  reconstruct.{key}: '{value}'\n" for key, value in said.items())
    bento(store / "build/bentoml", "v2", labels)
    bento(store / "elsewhere", "v3", identity=json.dumps(facts[2]))
    refused("1", "the Bento thermocline:v1 serves it")
    refused("2", "the Bento thermocline:v2 serves it")
    assert references(connect(), version("3")) == []
    monkeypatch.setenv("BENTOML_HOME", str(store / "elsewhere"))
    refused("3", "the Bento thermocline:v3 serves it")
    delete_version(connect(), version("2"))
    delete_version(connect(), version("4"))
    assert numbers() == ["1", "3"]


def test_the_same_number_of_another_registry(store: Path) -> None:
    """A Bento of version 1 with another digest is of another server; without digest it counts."""
    add_version(store, 0.8)
    stranger = {"name": NAME, "version": "1", "digest": DIGEST}
    bento(store / "build/bentoml", "a", identity=json.dumps(stranger))
    assert references(connect(), version("1")) == []
    bento(store / "build/bentoml", "b", identity=json.dumps({"name": NAME, "version": 1}))
    bento(store / "build/bentoml", "c", identity="{")
    (store / "build/bentoml/bentos/thermocline/c/bento.yaml").write_text("- no\n")
    assert references(connect(), version("1")) == ["the Bento thermocline:b serves it"]


def test_runs(store: Path, config) -> None:
    client = connect()
    for ours in (0.8, 0.7):
        add_version(store, ours)
    promote(client, NAME, "1", config)
    first, second = (str(version(v).run_id) for v in ("1", "2"))
    with pytest.raises(ThermoclineError, match=r"version 1 was made by it.*@champion is version 1"):
        delete_run(client, first)
    with pytest.raises(ThermoclineError, match="version 2 was made by it"):
        delete_run(client, second)
    delete_version(client, version("2"))
    bento(store / "build/bentoml", "v2", f"  reconstruct.run_id: {second}\n")
    with pytest.raises(ThermoclineError, match="the Bento thermocline:v2 serves its model"):
        delete_run(client, second)
    (store / "build/bentoml/bentos/thermocline/v2/bento.yaml").unlink()
    delete_run(client, second)
    assert client.get_run(second).info.lifecycle_stage == "deleted"
    assert client.get_run(first).info.lifecycle_stage == "active"
    with pytest.raises(BadFile, match="no run 'nothing'"):
        delete_run(client, "nothing")


def test_runs_of_the_study_a_version_has_its_parameters_from(store: Path) -> None:
    client = connect("reconstruct")
    number = add_version(store, 0.8)
    client.set_model_version_tag(NAME, number, "thermocline.study", "s1")
    client.set_model_version_tag(NAME, number, "thermocline.trial", "7")
    experiment = client.get_experiment_by_name("reconstruct").experiment_id

    def run(study: str, trial: str = "") -> str:
        tags = {"thermocline.study": study} | ({"thermocline.trial": trial} if trial else {})
        return str(client.create_run(experiment, tags=tags).info.run_id)

    study, best, other, unused = run("s1"), run("s1", "7"), run("s1", "6"), run("s2")
    for kept, what in ((study, "study"), (best, "trial")):
        with pytest.raises(ThermoclineError, match=f"its parameters from this {what}"):
            delete_run(client, kept)
    for gone in (other, unused):
        delete_run(client, gone)
