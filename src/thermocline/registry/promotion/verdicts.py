"""The gate's verdicts on a registered version: found from stored evaluations, kept as tags."""

import json
from typing import Any

from thermocline.config import Config
from thermocline.errors import BadData, ThermoclineError
from thermocline.registry.promotion.comparison import (
    PromotionVerdict,
    best_baseline,
    compare,
    drawn,
    refused,
    scores,
)
from thermocline.registry.store.tags import BASELINE_VERDICT, VERDICT
from thermocline.registry.versions.comparability import other_errors
from thermocline.registry.versions.evaluations import asked_with, stored_board
from thermocline.systems import get
from thermocline.systems.protocol import PromotionCriterion
from thermocline.verify.board.scoreboard import Board

LEAST = 1000
"""Resamples of a promotion test, whatever an evaluation's own are."""


def verdict_of(board: Board) -> PromotionCriterion:
    """How models of the board's system are compared."""
    return get(board.system).criterion


def against_method(board: Board, method: str, config: Config) -> PromotionVerdict:
    """The model against another method of its own scoreboard."""
    theirs = scores(board.cases, method, verdict_of(board).metric)
    return _compare(board, theirs, method, config)


def against_best_baseline(board: Board, config: Config) -> PromotionVerdict:
    """The model against the best classical method of its own scoreboard."""
    return against_method(board, best_baseline(board.cases, verdict_of(board).metric), config)


def against_reference(board: Board, config: Config) -> PromotionVerdict:
    """The model against the simplest method, which the first champion must be better than."""
    return against_method(board, verdict_of(board).reference, config)


def _compare(board: Board, theirs: Any, label: str, config: Config) -> PromotionVerdict:
    said = verdict_of(board)
    return compare(
        scores(board.cases, metric=said.metric),
        theirs,
        label,
        cases=drawn(board.cases),
        said=said,
        resamples=max(LEAST, config.section(board.system).evaluate.bootstrap),
        seed=config.seed,
        block=board.block,
    )


def against_champion(
    client: Any, version: Any, champion: str | None, board: Board, config: Config
) -> PromotionVerdict:
    """A version against the champion on the cases it was scored on, if those are the same.

    Where the two were observed with other errors, the champion's scores are multiplied by how much
    harder the version's questions are to the best classical method.

    Args:
        champion: its number; None if there is none yet, and the simplest method is what must be
            beaten.
        board: the version's own evaluation.
    """
    if champion is None:
        return against_reference(board, config)
    label = f"champion version {champion}"
    try:
        holder = client.get_model_version(version.name, champion)
        theirs = stored_board(holder)
    except (ThermoclineError, OSError) as problem:
        return refused(label, str(problem))
    try:
        board.context.refuse_unless_same(theirs.context)
    except BadData as problem:
        reason = "they were scored on another grid, mask, period or truth"
        return refused(f"{label} ({problem.what})", reason)
    said = verdict_of(board)
    other = scores(theirs.cases, metric=said.metric)
    # Another seed draws other places: as hard on average. Other errors are easier, or harder.
    asked = (asked_with(client, each) for each in (version, holder))
    if other_errors(board.system, *asked):
        method = best_baseline(board.cases, said.metric)
        here, there = (scores(each.cases, method, said.metric) for each in (board, theirs))
        other = {
            key: other[key] * here[key] / there[key]
            for key in other
            if key in here and key in there
        }
        called = said.names.get(method, method)
        label += f" (which observed with other errors: both as a share of the error of {called})"
    return _compare(board, other, label, config)


def store_verdicts(
    client: Any, version: Any, promotion: PromotionVerdict, baseline: PromotionVerdict
) -> None:
    """Keep both verdicts, with their intervals, on the version."""
    for tag, verdict in ((VERDICT, promotion), (BASELINE_VERDICT, baseline)):
        store_verdict(client, version.name, str(version.version), tag, verdict)


def store_verdict(client: Any, name: str, number: str, tag: str, verdict: PromotionVerdict) -> None:
    """Keep a verdict on a version: in words, and as JSON."""
    client.set_model_version_tag(name, number, tag, verdict.explanation)
    client.set_model_version_tag(name, number, f"{tag}_json", json.dumps(verdict.to_dict()))


def read_verdict(text: str) -> PromotionVerdict | None:
    """A verdict from its JSON text, as tags and the log keep it; None if there is none."""
    if not text:
        return None
    values = json.loads(text)
    for name in ("ratio", "low", "high"):
        values[name] = float("nan") if values[name] is None else values[name]
    return PromotionVerdict(**values)
