"""What a registered version earns: verdict tags, `@candidate`, and perhaps `@champion`."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.errors import BadData, ThermoclineError
from thermocline.registry.gate import METHOD, Comparison, compare, scores
from thermocline.verify.scoreboard import Board

REPORT = "evaluation"
"""Name of the report's folder among the artifacts of a registered version."""


@dataclass(frozen=True)
class Registration:
    """What registering came to."""

    name: str
    version: str
    digest: str
    aliases: tuple[str, ...]
    promotion: Comparison
    baseline: Comparison
    run_id: str

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "name": self.name,
            "version": self.version,
            "digest": self.digest,
            "aliases": list(self.aliases),
            "promotion": self.promotion.to_dict(),
            "baseline": self.baseline.to_dict(),
            "run_id": self.run_id,
        }


def judge(
    client: Any,
    name: str,
    version: Any,
    digest: str,
    board: Board,
    first: Comparison,
    baseline: Comparison,
    config: Config,
) -> Registration:
    """Verdict tags and aliases; `@candidate` is the latest registered, `@champion` is earned."""
    champion = _champion(client, name)
    number = str(version.version)
    if champion is None:
        promotion = first
    elif str(champion.version) == number:
        # It is the champion already: the verdict that made it so stands.
        promotion = _stored_verdict(version) or first
    else:
        promotion = _against_champion(client, champion, board, config)
    tags = {
        "thermocline.verdict": promotion.explanation,
        "thermocline.verdict_json": json.dumps(promotion.to_dict()),
        "thermocline.baseline_verdict": baseline.explanation,
        "thermocline.baseline_verdict_json": json.dumps(baseline.to_dict()),
    }
    for key, value in tags.items():
        client.set_model_version_tag(name, number, key, value)
    client.set_registered_model_alias(name, "candidate", number)
    if promotion.better and (champion is None or str(champion.version) != number):
        client.set_registered_model_alias(name, "champion", number)
    holders = client.get_registered_model(name).aliases
    held = tuple(sorted(alias for alias, holder in holders.items() if str(holder) == number))
    return Registration(name, number, digest, held, promotion, baseline, version.run_id or "")


def against_method(board: Board, method: str, config: Config) -> Comparison:
    return compare(
        scores(board.cases, METHOD),
        scores(board.cases, method),
        method,
        resamples=config.evaluate.bootstrap,
        seed=config.seed,
    )


def _against_champion(client: Any, champion: Any, board: Board, config: Config) -> Comparison:
    """Compare with the champion on the cases it was scored on, if those are the same cases."""
    label = f"champion version {champion.version}"
    with tempfile.TemporaryDirectory(prefix="thermocline-") as scratch:
        try:
            folder = _download(champion, REPORT, scratch)
            theirs = Board.read(folder)
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
        resamples=config.evaluate.bootstrap,
        seed=config.seed,
    )


def _download(version: Any, part: str, target: str) -> Path:
    import mlflow

    uri = f"models:/{version.name}/{version.version}"
    try:
        folder = mlflow.artifacts.download_artifacts(f"{uri}/artifacts/{part}", dst_path=target)
    except mlflow.MlflowException as problem:
        raise BadData("its evaluation cannot be fetched", where=uri) from problem
    return Path(folder)


def _champion(client: Any, name: str) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        return client.get_model_version_by_alias(name, "champion")
    except MlflowException:
        return None


def _stored_verdict(version: Any) -> Comparison | None:
    text = version.tags.get("thermocline.verdict_json")
    if not text:
        return None
    values = json.loads(text)
    for name in ("ratio", "low", "high"):
        values[name] = float("nan") if values[name] is None else values[name]
    return Comparison(**values)
