"""A registered version scored anew, on the questions that params.yaml asks today."""

import tempfile
from ast import literal_eval
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.config.data import Period
from thermocline.errors import BadData, BadFile
from thermocline.predict.manifest import check_manifest
from thermocline.predict.registered import fetch_registered
from thermocline.prepare.store import Store
from thermocline.registry import evaluations
from thermocline.registry.made_with import parameters_of
from thermocline.registry.tags import BASELINE_VERDICT, DIGEST
from thermocline.registry.verdicts import against_best_baseline, store_verdict
from thermocline.registry.versions import label, system_of_version
from thermocline.systems import get
from thermocline.systems.paths import StagePaths
from thermocline.systems.protocol import Track
from thermocline.verify.scoreboard import Board


def evaluate_again(client: Any, version: Any, config: Config, track: Track) -> tuple[Board, bool]:
    """Score a version on the test split of `config`, and let that evaluation count from now on.

    Prepared data and tuned classical methods are those of the pipeline, in the working folder.

    Returns:
        The scoreboard, and whether it is another than the one that counted before.

    Raises:
        BadFile: if its files are not those that were registered, or the pipeline has made no data.
        BadData: if it was trained, tuned or calibrated on something that would be tested now.
    """
    system = system_of_version(client, version)
    known = parameters_of(client, version)
    for split in ("train", "validation"):
        if held := _shared(known, split, config.data.test):
            raise BadData(
                f"today's test split holds {held}, which was in its {split} split",
                where=label(version),
                fix="test on members and years that neither it nor its rivals have seen",
            )
    _, model = fetch_registered(version.name, str(version.version))
    if check_manifest(model) != version.tags.get(DIGEST):
        raise BadFile(
            "its files are not those that were registered (another digest)",
            where=label(version),
            fix="`thermocline verify` says what was changed",
        )
    with tempfile.TemporaryDirectory(prefix="thermocline-") as scratch:
        report = Path(scratch) / "report"
        report.mkdir()
        board = get(system).evaluate(config, report, track, model=model)
        data = Store.open(StagePaths(system, config).store).digest()
        other = evaluations.add(client, version, report, board, config, data)
    verdict = against_best_baseline(board, config)
    store_verdict(client, version.name, str(version.version), BASELINE_VERDICT, verdict)
    return board, other


def _shared(known: Mapping[str, str], split: str, test: Period) -> str:
    """Members and years of `test` that a split of these parameters holds, in words; "" if none."""
    try:
        said = {end: literal_eval(known[f"data.{split}.{end}"]) for end in Period.model_fields}
    except (KeyError, ValueError, SyntaxError):
        return ""  # nobody wrote it down
    held = Period(**said)
    first, last = max(held.first, test.first), min(held.last, test.last)
    members = sorted(set(held.members) & set(test.members))
    return f"{', '.join(members)} {first}-{last}" if members and first <= last else ""
