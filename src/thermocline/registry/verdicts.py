"""The gate's verdicts on a registered version: found from stored evaluations, kept as tags."""

import json
import tempfile
from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.errors import BadData, ThermoclineError
from thermocline.registry.gate import (
    METHOD,
    Comparison,
    best_baseline,
    compare,
    drawn,
    first_champion,
    scores,
)
from thermocline.verify.scoreboard import Board

REPORT = "evaluation"
"""Name of the report's folder among the artifacts of a registered version."""


def against_method(board: Board, method: str, config: Config) -> Comparison:
    """The model against a classical method of its own scoreboard."""
    return compare(
        scores(board.cases, METHOD),
        scores(board.cases, method),
        method,
        cases=drawn(board.cases),
        resamples=config.section(board.system).evaluate.bootstrap,
        seed=config.seed,
    )


def against_best_baseline(board: Board, config: Config) -> Comparison:
    """The model against the best classical method of its own scoreboard."""
    return against_method(board, best_baseline(board.cases), config)


def against_champion(
    client: Any, name: str, champion: str | None, board: Board, config: Config
) -> Comparison:
    """Against the champion on the cases it was scored on, if those are the same.

    Args:
        champion: its version number; None if there is none yet, and the simplest method is
            what must be beaten.
    """
    if champion is None:
        return against_method(board, first_champion(board.cases), config)
    label = f"champion version {champion}"
    try:
        theirs = stored_board(client.get_model_version(name, champion))
    except (ThermoclineError, OSError) as problem:
        return compare({}, {("", "", 0.0): 1.0}, f"{label} ({problem})")
    try:
        board.context.refuse_unless_same(theirs.context)
        same = True
    except BadData as problem:
        label, same = f"{label} ({problem.what})", False
    return compare(
        scores(board.cases, METHOD),
        scores(theirs.cases, METHOD),
        label,
        same_board=same,
        cases=drawn(board.cases),
        resamples=config.section(board.system).evaluate.bootstrap,
        seed=config.seed,
    )


def stored_board(version: Any) -> Board:
    """The evaluation stored with a registered version.

    Raises:
        BadData: if it cannot be fetched.
        BadFile: if it is incomplete.
    """
    import mlflow

    uri = f"models:/{version.name}/{version.version}"
    with tempfile.TemporaryDirectory(prefix="thermocline-") as scratch:
        try:
            folder = mlflow.artifacts.download_artifacts(
                f"{uri}/artifacts/{REPORT}", dst_path=scratch
            )
        except mlflow.MlflowException as problem:
            raise BadData("its evaluation cannot be fetched", where=uri) from problem
        return Board.read(Path(folder))


def store_verdicts(client: Any, version: Any, promotion: Comparison, baseline: Comparison) -> None:
    """Keep both verdicts, with their intervals, on the version."""
    found = {"verdict": promotion, "baseline_verdict": baseline}
    for key, verdict in found.items():
        for tag, value in (
            (f"thermocline.{key}", verdict.explanation),
            (f"thermocline.{key}_json", json.dumps(verdict.to_dict())),
        ):
            client.set_model_version_tag(version.name, str(version.version), tag, value)


def stored_verdict(version: Any) -> Comparison | None:
    """The promotion gate's last verdict on a version; None if it was never judged."""
    return read_verdict(version.tags.get("thermocline.verdict_json", ""))


def read_verdict(text: str) -> Comparison | None:
    """A verdict from its JSON text, as tags and the log keep it; None if there is none."""
    if not text:
        return None
    values = json.loads(text)
    for name in ("ratio", "low", "high"):
        values[name] = float("nan") if values[name] is None else values[name]
    return Comparison(**values)
