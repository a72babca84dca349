"""Promotion of registered versions: verdict tags, `@candidate`, and perhaps `@champion`.

`@candidate` is the version registered last, a plain alias. `@champion` changes through the log of
aliases only (alias_log.py): the promotion test is against the champion of that moment, and if
another has become champion meanwhile the version is judged again, against that one.
"""

import json
from dataclasses import dataclass
from typing import Any

from thermocline.config import Config
from thermocline.errors import BadData, ThermoclineError
from thermocline.registry.aliases.history import (
    CHAMPION,
    PROMOTED,
    VACATED,
    Entry,
    holder,
    last_change,
    withdrawn,
)
from thermocline.registry.aliases.log import append, apply, entries
from thermocline.registry.aliases.log_store import is_log
from thermocline.registry.promotion.comparison import TOO_FEW, PromotionVerdict
from thermocline.registry.promotion.edits import STRICT, Edits
from thermocline.registry.promotion.verdicts import (
    against_best_baseline,
    against_champion,
    read_verdict,
    store_verdicts,
)
from thermocline.registry.store.tags import DIGEST, VERDICT
from thermocline.registry.versions.evaluations import stored_board
from thermocline.registry.versions.intact import check_intact
from thermocline.registry.versions.lookup import aliases_of, refuse_another_system
from thermocline.verify.board.scoreboard import Board

_ATTEMPTS = 20


@dataclass(frozen=True)
class Registration:
    """What registering, or asking for promotion, came to; `note` says what else there is to say."""

    name: str
    version: str
    digest: str
    aliases: tuple[str, ...]
    promotion: PromotionVerdict
    baseline: PromotionVerdict
    run_id: str
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        judged = {"promotion": self.promotion.to_dict(), "baseline": self.baseline.to_dict()}
        return vars(self) | {"aliases": list(self.aliases)} | judged


def judge(
    client: Any, version: Any, board: Board, config: Config, edits: Edits = STRICT
) -> Registration:
    """After registration: `@candidate`, the verdicts, and `@champion` if it is shown better.

    The same whenever it is computed, however often. A version that was rolled back by hand is
    not promoted again by itself, nor is one of an edited tree unless `edits` allow it.
    """
    client.set_registered_model_alias(version.name, "candidate", str(version.version))
    apply(client, version.name)
    log = entries(client, version.name)
    lost = withdrawn(log, version)
    note = _vacancy(log)
    if lost:
        note = (
            f"it was rolled back on {lost.time:%Y-%m-%d}; "
            f"`thermocline models promote {version.version}` puts it to the test again"
        )
    objection = edits.objection(version)
    allowed = not lost and not objection
    promotion, baseline = _settle(client, version, board, config, "registered", allowed)
    champion = holder(entries(client, version.name))
    if objection and promotion.better and not lost:
        note = f"not champion: {objection}"
    elif _of_other_questions(promotion) and champion and allowed:
        note = f"not champion: {_ask_alike(version, champion)}"
    return _registration(client, version, promotion, baseline, note)


def promote(
    client: Any, name: str, version: str, config: Config, edits: Edits = STRICT
) -> Registration:
    """Make a registered version champion if it passes the test; there is no way around it.

    The version's stored evaluation is compared with the champion's on the same held-out cases
    (with the simplest method's if there is no champion), and with the best classical method's; both
    verdicts are kept on the version, whatever they are. The champion itself stays champion.

    Raises:
        BadFile, BadData: if the version, or its evaluation, cannot be fetched; if it has no run,
            or is of another system, or of an edited tree that `edits` do not allow; if its files
            are not those that were registered.
        ThermoclineError: if it is not shown better; says why.
    """
    if is_log(name):
        raise BadData("a log of aliases, no model", where=name, fix=f"name {name[:-4]!r}")
    found = client.get_model_version(name, version)
    if not found.run_id:  # MLflow's page can register a version that no run made
        raise BadData(
            f"version {version} has no run: it was registered by hand, and nothing says "
            "what it was trained from",
            where=name,
            fix="let the pipeline register it (`dvc repro register`), then promote that version",
        )
    board = stored_board(found)
    refuse_another_system(name, board.system)
    apply(client, name)
    note = _vacancy(entries(client, name))
    objection = edits.objection(found)
    reason = "promoted by hand"
    promotion, baseline = _settle(client, found, board, config, reason, not objection)
    result = _registration(client, found, promotion, baseline, note)
    champion = holder(entries(client, name))
    if objection and promotion.better and CHAMPION not in result.aliases:
        raise BadData(f"version {version} is not promoted: it was {objection}", where=name)
    if CHAMPION not in result.aliases:
        raise ThermoclineError(
            f"version {version} is not promoted: it is {promotion.explanation}",
            where=name,
            fix=_ask_alike(found, champion)
            if _of_other_questions(promotion) and champion
            else "train a better one: a champion is replaced only by what is shown better",
        )
    return result


def _vacancy(log: list[Entry]) -> str:
    """Why nobody is champion, where the last one is gone; "" if that is not so."""
    last = last_change(log)
    return f"there was no champion: {last.reason}" if last and last.change == VACATED else ""


def _settle(
    client: Any, version: Any, board: Board, config: Config, reason: str, allowed: bool
) -> tuple[PromotionVerdict, PromotionVerdict]:
    """Judge against whoever is champion until the verdict and the log agree."""
    name, number = version.name, str(version.version)
    baseline = against_best_baseline(board, config)
    for _ in range(_ATTEMPTS):
        champion = holder(entries(client, name))
        if champion == number:
            # It is the champion already: the verdict that made it so stands.
            tags = client.get_model_version(name, number).tags
            stands = read_verdict(tags.get(f"{VERDICT}_json", ""))
            promotion = stands or against_champion(client, version, None, board, config)
        else:
            promotion = against_champion(client, version, champion, board, config)
        store_verdicts(client, version, promotion, baseline)
        if champion == number or not (promotion.better and allowed):
            apply(client, name)
            return promotion, baseline
        check_intact(client, version)
        verdict = json.dumps(promotion.to_dict())
        why = f"{reason}: {promotion.explanation}"
        if append(client, name, CHAMPION, number, champion or "", why, PROMOTED, verdict).valid:
            apply(client, name)
            return promotion, baseline
    raise ThermoclineError(
        "the champion changes too often to judge by", where=name, fix="try again"
    )


def _of_other_questions(promotion: PromotionVerdict) -> bool:
    """Whether the two could not be compared, but could be if they were asked the same."""
    return promotion.decision == "refused" and TOO_FEW not in promotion.explanation


def _ask_alike(version: Any, champion: str) -> str:
    """What to do where a version and the champion were asked different questions."""
    name, command = f"models:/{version.name}", "thermocline models"
    return (
        f"`{command} evaluate {name}/{champion}` asks the champion what params.yaml asks today "
        f"(and `{command} evaluate {name}/{version.version}` this version, if it was asked "
        f"something else); then `{command} promote {name}/{version.version}`"
    )


def _registration(
    client: Any,
    version: Any,
    promotion: PromotionVerdict,
    baseline: PromotionVerdict,
    note: str = "",
) -> Registration:
    return Registration(
        name=version.name,
        version=str(version.version),
        digest=version.tags.get(DIGEST, ""),
        aliases=tuple(aliases_of(client, version)),
        promotion=promotion,
        baseline=baseline,
        run_id=version.run_id or "",
        note=note,
    )
