"""The pipeline as DVC sees it: its stages in order, what each needs, and what is out of date."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermocline.errors import ThermoclineError


@dataclass(frozen=True)
class Stage:
    """A stage of dvc.yaml, one for each entry of its matrix.

    Attributes:
        name: as DVC gives it, such as `train@SYSTEM`.
        needs: stages whose outputs it reads.
        changed: what DVC finds out of date, in words; empty if there is nothing to run, None if
            DVC cannot say.
    """

    name: str
    needs: tuple[str, ...] = ()
    changed: tuple[str, ...] | None = ()


def read_stages(root: str | Path = ".") -> tuple[list[Stage], str]:
    """The stages, each after those it needs, else in the order of dvc.yaml.

    Takes as long as `dvc status`: a file whose time and size are known is not hashed again.

    Returns:
        The stages, and why DVC cannot say what is out of date ("" if it can): it says nothing
        while it works, or if it was killed while it wrote down what it works on.

    Raises:
        ThermoclineError: if there is no pipeline here, or DVC cannot read it.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo
    from dvc.stage import PipelineStage

    logging.getLogger("dvc").setLevel(logging.ERROR)
    try:
        with Repo(str(root)) as repo:
            stages = [stage for stage in repo.index.stages if isinstance(stage, PipelineStage)]
            needs = {
                stage.addressing: tuple(
                    sorted(_named(before) for before in repo.index.graph.successors(stage))
                )
                for stage in stages
            }
            changes, problem = _changes(repo)
    except (DvcException, TypeError) as error:  # TypeError: a value of params.yaml that it lacks
        raise ThermoclineError(
            f"the pipeline cannot be read: {error}",
            where=str(root),
            fix="run it in the project's folder; `dvc status` says more",
        ) from error
    found = {
        (name := address.rpartition(":")[2]): Stage(
            name, before, None if problem else describe(changes.get(address, []))
        )
        for address, before in needs.items()
    }
    return _ordered(found), problem


def _named(stage: Any) -> str:
    """Its name without the file that it stands in: stages of any dvc.yaml are called alike."""
    return str(stage.addressing).rpartition(":")[2]


def describe(changes: list[Any]) -> tuple[str, ...]:
    """`dvc status` of one stage as words: "data modified", "params.yaml: seed modified", …"""
    words: list[str] = []
    for change in changes:
        if not isinstance(change, dict):  # "changed command", "always changed"
            words.append(str(change))
            continue
        for items in change.values():
            for item, state in items.items():
                if isinstance(state, dict):
                    words += [f"{item}: {key} {what}" for key, what in state.items()]
                else:
                    words.append(f"{item} {state}")
    return tuple(words)


def _changes(repo: Any) -> tuple[dict[str, Any], str]:
    """What DVC finds out of date by stage, or why it cannot say."""
    from dvc.exceptions import DvcException

    try:
        return repo.status(), ""
    except DvcException as error:
        return {}, " ".join(str(error).split())


def _ordered(stages: dict[str, Stage]) -> list[Stage]:
    """Depth first along what each needs; what is not a stage (data.dvc) is left out."""
    result: dict[str, Stage] = {}

    def place(stage: Stage) -> None:
        if stage.name in result:
            return
        for name in stage.needs:
            if name in stages:
                place(stages[name])
        result[stage.name] = stage

    for stage in stages.values():
        place(stage)
    return list(result.values())
