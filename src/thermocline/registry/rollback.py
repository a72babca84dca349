"""Back to the former champion, once it has shown that it still answers."""

from typing import Any

from thermocline.errors import ThermoclineError
from thermocline.registry.alias_history import CHAMPION, ROLLED_BACK, Entry, former_holder, holder
from thermocline.registry.alias_log import append, apply, entries
from thermocline.registry.smoke_test import smoke_test
from thermocline.registry.tags import VERDICT
from thermocline.registry.verdicts import read_verdict, store_verdict


def rollback(client: Any, name: str, reason: str = "") -> Entry:
    """Make the former champion champion again; rolling back twice goes two champions back.

    It is loaded and given one small problem first. Its verdict becomes the one that once made it
    champion.

    Raises:
        ThermoclineError: if there is no former champion, if it no longer loads and answers, or if
            the champion changed meanwhile.
    """
    apply(client, name)
    log = entries(client, name)
    current, former = holder(log), former_holder(log)
    if current is None or former is None:
        raise ThermoclineError(
            "there is no former champion to go back to"
            if current
            else "there is no champion, nor was there one",
            where=name,
            fix="see `thermocline models log`",
        )
    try:
        smoke_test(name, former)
    except Exception as problem:  # whatever stands between a stored model and an answer
        raise ThermoclineError(
            f"the former champion, version {former}, no longer loads and answers ({problem}); "
            f"version {current} stays champion",
            where=name,
            fix="see `thermocline verify`, or promote another version",
        ) from problem
    why = reason or f"version {current} was withdrawn"
    entry = append(client, name, CHAMPION, former, current, why, ROLLED_BACK)
    apply(client, name)
    if not entry.valid:
        raise ThermoclineError(
            f"version {current} is no longer champion: somebody was faster",
            where=name,
            fix="see `thermocline models log`, then decide again",
        )
    _restore_verdict(client, name, former, log)
    return entry


def _restore_verdict(client: Any, name: str, version: str, log: list[Entry]) -> None:
    """A former champion may have been judged since, against its successor: that verdict goes."""
    won = [e for e in log if e.valid and e.to == version and e.verdict]
    verdict = read_verdict(won[-1].verdict) if won else None
    if verdict:
        store_verdict(client, name, version, VERDICT, verdict)
