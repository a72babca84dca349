"""One whole, uninterrupted run of the tiny pipeline, which every test here starts from."""

import json
from dataclasses import replace

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

    Its figures are drawn; those of what is run again in copies are blank.
    """

    def make(folder):
        ran = replace(raw.copy(folder / "finished"), drawn=True).dvc("repro")
        (folder / "ran.json").write_text(json.dumps(vars(ran)))

    folder = shared("finished", make)
    return Project(folder / "finished"), Ran(**json.loads((folder / "ran.json").read_text()))
