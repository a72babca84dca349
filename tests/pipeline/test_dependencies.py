"""What each stage of dvc.yaml says that it depends on, against what its script imports."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from thermocline.systems.closure import METHODS, code_of
from thermocline.systems.imports import SOURCES

ROOT = Path(__file__).resolve().parents[2]
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
STAGES = [(stage, system) for stage in METHODS for system in PIPELINE["vars"][0]["systems"]]


def declared(stage: str, system: str) -> set[str]:
    """A stage's dependencies as paths below the project's folder."""
    deps = PIPELINE["stages"][stage]["do"]["deps"]
    return {dep.replace("${item}", system) for dep in deps}


@cache
def needed(stage: str, system: str) -> set[str]:
    """The files that its script imports, and those."""
    script = ROOT / "pipelines" / f"{stage.replace('-', '_')}.py"
    code = code_of(stage, system, script)
    files = {(Path("src") / path.relative_to(SOURCES)).as_posix() for path in code}
    return files | {f"pipelines/{script.name}", "pipelines/stage.py", "requirements.lock"}


def missing(deps: set[str], files: set[str]) -> set[str]:
    """Files that no dependency is or holds."""
    return {f for f in files if f not in deps and not any(f.startswith(f"{d}/") for d in deps)}


@pytest.mark.parametrize("stage, system", STAGES)
def test_every_import_is_a_dependency(stage: str, system: str) -> None:
    assert missing(declared(stage, system), needed(stage, system)) == set()


@pytest.mark.parametrize("stage", METHODS)
def test_no_dependency_on_code_is_idle(stage: str) -> None:
    """Each is or holds something that the stage of some system imports."""
    for dep in PIPELINE["stages"][stage]["do"]["deps"]:
        if dep.startswith("src/"):
            found = [
                each
                for system in PIPELINE["vars"][0]["systems"]
                for each in needed(stage, system)
                if each == dep.replace("${item}", system)
                or each.startswith(dep.replace("${item}", system) + "/")
            ]
            assert found, f"{stage}: {dep}"


@pytest.mark.parametrize("stage, system", STAGES)
def test_a_dependency_that_is_taken_out_is_missed(stage: str, system: str) -> None:
    deps = declared(stage, system)
    files = needed(stage, system)
    for dep in deps:
        covered = {f for f in files if f == dep or f.startswith(f"{dep}/")}
        if covered:
            assert missing(deps - {dep}, files) == covered


def test_the_pipeline_is_a_story() -> None:
    assert len((ROOT / "dvc.yaml").read_text(encoding="utf-8").splitlines()) <= 180


def test_a_colleague_who_pulls_has_all_but_the_registry() -> None:
    """`dvc metrics diff` finds in DVC's cache, too, what git does not have. What is registered
    and packaged lies on one machine, and is made on each.
    """
    own = set()
    for stage in PIPELINE["stages"].values():
        made = stage.get("do", stage)
        for out in (*made["outs"], *made.get("metrics", ()), *made.get("plots", ())):
            if isinstance(out, dict):
                own |= {path for path, how in out.items() if how.get("cache") is False}
    assert own == {"build/registry/${item}.json", "build/package/bento.json"}
