"""One whole, uninterrupted run of the tiny pipeline, which every test here starts from."""

import pytest
from scratch import Project, Ran, make_project


@pytest.fixture(scope="session")
def raw(tmp_path_factory) -> Project:
    """The project with raw data and nothing built; tests copy it."""
    return make_project(tmp_path_factory.mktemp("flow") / "raw")


@pytest.fixture(scope="session")
def finished(raw, tmp_path_factory) -> tuple[Project, Ran]:
    """A project after `dvc repro`, and that run; tests that change it copy it."""
    project = raw.copy(tmp_path_factory.mktemp("flow") / "finished")
    return project, project.dvc("repro")
