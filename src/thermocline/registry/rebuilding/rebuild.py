"""Rebuild a registered model from its lineage, and say how far the result is the same.

The commit, its patch and its raw data go into a temporary worktree; that tree's own scripts
prepare and train with the recorded, resolved parameters (nothing is searched anew) and as many
threads. The weights then are the same to the bit or not; if not, the rest of the pipeline runs
too, and the scoreboard is compared row by row.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from thermocline.predict.manifest import check_manifest, model_digest
from thermocline.predict.reference import parse_reference
from thermocline.predict.registered import fetch_registered
from thermocline.registry.origin.provenance import LOCK, environment, sha256_if_there
from thermocline.registry.origin.record import PATCH, Lineage, read_lineage
from thermocline.registry.origin.records import EnvironmentRecord
from thermocline.registry.rebuilding.raw_data import restore_data
from thermocline.registry.rebuilding.reproducibility import (
    Scores,
    Weights,
    compare_boards,
    compare_weights,
    environment_differences,
)
from thermocline.registry.rebuilding.run_stages import (
    Say,
    Stages,
    keep_rebuilt,
    refuse_unwritable,
    write_params,
)
from thermocline.registry.rebuilding.worktree import apply_patch, worktree
from thermocline.registry.store.connection import connect_existing
from thermocline.registry.versions.checksums import REPORT
from thermocline.registry.versions.lookup import resolve
from thermocline.systems.paths import BUILD
from thermocline.verify.board.boardfiles import read_board

WEIGHTS = "weights.safetensors"


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild came to.

    Attributes:
        model: what was rebuilt, such as `models:/thermocline-SYSTEM/3`.
        differences: what differs from the recorded environment, in words.
        prepared: whether the prepared data have the recorded digest; None if none was recorded.
        weights: of the trained network, raw and EMA.
        digest: whether the whole model has the registered digest; None if it was not assembled.
        scores: the two scoreboards; None if the rebuild ended before them.
    """

    model: str
    differences: tuple[str, ...]
    prepared: bool | None
    weights: Weights
    digest: bool | None = None
    scores: Scores | None = None

    @property
    def verdict(self) -> str:
        """In a sentence."""
        if self.weights.same:
            return f"{self.model} was rebuilt: the weights are the same to the bit"
        if self.scores is None:
            return f"{self.model}: the rebuilt weights are not the same"
        if self.scores.agree:
            close = "is the same" if self.scores.same else "agrees within its intervals"
            count = len(self.scores.distinguishable)
            apart = f" (numbers told apart on the same cases: {count})" if count else ""
            return f"{self.model}: the rebuilt weights differ, and the scoreboard {close}{apart}"
        count = len(self.scores.outside)
        wrong = f"{count} rows are outside their intervals" if count else "no row can be judged"
        return (
            f"{self.model}: the rebuilt weights differ, and the scoreboard does not agree: {wrong}"
        )

    @property
    def reproduced(self) -> bool:
        """Whether weights are the same to the bit, or the scoreboard agrees within intervals."""
        return self.weights.same or (self.scores is not None and self.scores.agree)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        found = asdict(self) | {"verdict": self.verdict, "reproduced": self.reproduced}
        return found | {"scores": self.scores and self.scores.to_dict()}


def rebuild(
    reference: str,
    root: str | Path = ".",
    *,
    name: str | None = None,
    weights_only: bool = False,
    keep: str | Path | None = None,
    say: Say = lambda event, text: None,
) -> Rebuilt:
    """Rebuild a registered version.

    Args:
        reference: `models:/NAME@alias`, `models:/NAME/3`, `champion` or `3`.
        root: a clone of the repository the model was trained in; its files are not touched.
        name: the registered model that a bare alias or number is of; None for the only one.
        weights_only: stop after the weights.
        keep: a new folder for what was rebuilt: `training`, and `model` and `report` if made.
        say: told of progress.

    Raises:
        BadFile: if the version, its lineage, patch or raw data are missing or damaged.
        BadData: if the commit is missing, the patch does not apply, a stage fails, or `keep`
            cannot be written; that is found out first.
    """
    root = Path(root).resolve()
    parse_reference(reference, name or "NAME")  # what is no name is refused before all else
    if keep is not None:
        refuse_unwritable(Path(keep))
    version = resolve(connect_existing(), reference, name)
    _, registered = fetch_registered(version.name, str(version.version))
    check_manifest(registered)
    lineage = read_lineage(registered)
    differences = _differences(lineage, root)
    for text in differences:
        say("note", f"differs from the recorded environment: {text}")
    commit = lineage.code.git_commit
    say("note", f"commit {commit[:12]}{' with its stored patch' * lineage.code.uncommitted}")
    with worktree(commit, root) as tree:
        if lineage.code.uncommitted:
            apply_patch(tree, registered / PATCH, lineage.code.patch_sha256)
        write_params(tree, lineage)
        stages = Stages(tree, lineage, say, root)
        restore_data(stages, root)
        result = _run(
            stages,
            f"models:/{version.name}/{version.version}",
            registered,
            differences,
            weights_only,
            whole=keep is not None,
        )
        if keep is not None:
            keep_rebuilt(tree / BUILD, lineage.system, Path(keep))
    return result


def _run(
    stages: Stages,
    model: str,
    registered: Path,
    differences: tuple[str, ...],
    weights_only: bool,
    whole: bool,
) -> Rebuilt:
    """Prepare and train; go on to model and scoreboard if asked to, or if the weights differ."""
    system, say, build = stages.lineage.system, stages.say, stages.tree / BUILD
    for stage in ("validate_raw", "prepare", "baselines", "train"):
        stages.run(stage, system)
    trained = build / "training" / system
    weights = compare_weights(*map(_arrays, (registered / WEIGHTS, trained / WEIGHTS)))
    recorded = stages.lineage.data.prepared.content_digest
    found = json.loads((trained / "training.json").read_text(encoding="utf-8"))["data_digest"]
    prepared = found == recorded if recorded else None
    say("note", f"prepared data: {_SAME[prepared]}")
    say("note", f"weights: {weights}")
    if weights_only or (weights.same and not whole):
        return Rebuilt(model, differences, prepared, weights)
    stages.run("calibrate", system)
    digest = model_digest(build / "models" / system) == model_digest(registered)
    say("note", f"whole model: {'the same' if digest else 'another'} digest")
    if weights.same:
        return Rebuilt(model, differences, prepared, weights, digest)
    stages.run("evaluate", system)
    board = read_board(build / "reports" / system)
    scores = compare_boards(read_board(registered.parent / REPORT), board)
    return Rebuilt(model, differences, prepared, weights, digest, scores)


_SAME = {True: "the same digest", False: "another digest", None: "no digest was recorded"}


def _arrays(path: Path) -> dict[str, Any]:
    from thermocline.training.weights import read_weights

    return {name: value.numpy() for name, value in read_weights(path).items()}


def _differences(lineage: Lineage, root: Path) -> tuple[str, ...]:
    """What differs from the recorded environment: packages locked, processor, threads, …"""
    here = EnvironmentRecord.model_validate(environment())
    found = environment_differences(lineage.environment, here)
    recorded = lineage.code.lock_sha256
    if recorded and sha256_if_there(root / LOCK) != recorded:
        found += (f"{LOCK}: not the one the model was trained with; install that of the commit",)
    return found
