"""One whole, uninterrupted run of the tiny pipeline, which every test here starts from."""

import json

import pytest
import scratch
from scratch import Project, Ran, make_project


@pytest.fixture(scope="session", autouse=True)
def forks(warm_python):
    """Commands of projects run in forks of a process that has imported what they need."""
    scratch.PYTHON = warm_python


@pytest.fixture(scope="session")
def raw(shared) -> Project:
    """The project with raw data and nothing built; tests copy it."""
    return Project(shared("raw", lambda folder: make_project(folder / "raw")) / "raw")


@pytest.fixture(scope="session")
def finished(raw, shared) -> tuple[Project, Ran]:
    """A project of all systems after `dvc repro`, and that run; tests that change it copy it.

    Its figures are blank: how they look is seen to elsewhere.
    """

    def make(folder):
        ran = raw.copy(folder / "finished").dvc("repro")
        (folder / "ran.json").write_text(json.dumps(vars(ran)))

    folder = shared("finished", make)
    return Project(folder / "finished"), Ran(**json.loads((folder / "ran.json").read_text()))
