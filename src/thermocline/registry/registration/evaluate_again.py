"""A registered version scored anew, on the questions that params.yaml asks today."""

from ast import literal_eval
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.config.data import Period
from thermocline.errors import BadData
from thermocline.files import temporary_directory
from thermocline.prepare.sample import Label
from thermocline.prepare.store import Store
from thermocline.registry.promotion.verdicts import against_best_baseline, store_verdict
from thermocline.registry.store.tags import BASELINE_VERDICT
from thermocline.registry.versions import evaluations
from thermocline.registry.versions.intact import fetch_model
from thermocline.registry.versions.lookup import label, logged_id, system_of_version
from thermocline.registry.versions.made_with import parameters_of
from thermocline.systems import get
from thermocline.systems.paths import StagePaths
from thermocline.systems.protocol import Track
from thermocline.verify.board.scoreboard import Board

ANEW = "\n\nEvaluated anew"
"""What a version's description says between its card and a later verdict."""


def evaluate_again(client: Any, version: Any, config: Config, track: Track) -> tuple[Board, bool]:
    """Score a version on the test split of `config`, and let that evaluation count from now on.

    Prepared data and tuned classical methods are those of the pipeline, in the working folder.

    Returns:
        The scoreboard, and whether it is another than the one that counted before.

    Raises:
        BadFile: if its files are not those that were registered, or the pipeline has made no data.
        BadData: if it was trained, tuned or calibrated on something that would be tested now, or
            the prepared data are not those that `config` asks for.
    """
    system = system_of_version(client, version)
    logged_id(version)  # or else nothing can be kept with it
    store = Store.open(StagePaths(system, config).store)
    asked = store.of("test")
    _refuse_other_years(asked, config.data.test, system)
    known = parameters_of(client, version)
    for split in ("train", "validation"):
        if held := _shared(known, split, asked):
            raise BadData(
                f"today's test split holds {held}, which was in its {split} split",
                where=label(version),
                fix="test on members and years that neither it nor its rivals have seen",
            )
    with temporary_directory() as scratch:
        model, report = fetch_model(version, Path(scratch)), Path(scratch) / "report"
        report.mkdir()
        board = get(system).evaluate(config, report, track, model=model)
        other = evaluations.add(client, version, report, board, config, store.digest())
    verdict = against_best_baseline(board, config)
    store_verdict(client, version.name, str(version.version), BASELINE_VERDICT, verdict)
    if other:
        _describe(client, version, verdict.explanation)
    return board, other


def _describe(client: Any, version: Any, verdict: str) -> None:
    """Say on the version's page what came of it; the card above is that of registration."""
    card = (version.description or "").partition(ANEW)[0]
    text = f"{card}{ANEW} on {datetime.now(UTC):%Y-%m-%d}: {verdict}."
    client.update_model_version(version.name, str(version.version), text)


def _refuse_other_years(asked: Sequence[Label], test: Period, system: str) -> None:
    """Raise BadData if the prepared data were made for other test years than params.yaml has."""
    years = [_year(sample) for sample in asked]
    if not years or min(years) < test.first or max(years) > test.last:
        found = f"{min(years)}-{max(years)}" if years else "no years"
        raise BadData(
            f"the prepared test split holds {found}, params.yaml asks for {test.first}-{test.last}",
            where=system,
            fix=f"prepare what it asks for: `dvc repro prepare@{system} baselines@{system}`",
        )


def _shared(known: Mapping[str, str], split: str, asked: Sequence[Label]) -> str:
    """A test sample that a split of these parameters holds; "" if none.

    Names of samples have the member among their parts, as `region/member/day`.
    """
    try:
        said = {end: literal_eval(known[f"data.{split}.{end}"]) for end in Period.model_fields}
    except (KeyError, ValueError, SyntaxError):
        return ""  # nobody wrote it down
    held = Period(**said)
    for sample in asked:
        members = set(sample.name.split("/")) & set(held.members)
        if members and held.first <= _year(sample) <= held.last:
            return sample.name
    return ""


def _year(sample: Label) -> int:
    return int(sample.time.astype("datetime64[Y]").astype(int)) + 1970
