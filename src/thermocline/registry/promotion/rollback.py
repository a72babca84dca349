"""Back to the former champion, once it has shown that it still answers."""

from typing import Any

from thermocline.errors import BadData, ThermoclineError
from thermocline.registry.aliases.history import (
    CHAMPION,
    ROLLED_BACK,
    Entry,
    former_holder,
    gone,
    last_change,
)
from thermocline.registry.aliases.log import aliased, append, apply, entries
from thermocline.registry.promotion.comparison import PromotionVerdict
from thermocline.registry.promotion.verdicts import read_verdict, store_verdict
from thermocline.registry.store.tags import VERDICT


def rollback(client: Any, name: str, reason: str = "") -> Entry:
    """Make the former champion champion again; rolling back twice goes two champions back.

    It is loaded and given one small problem first. Its verdict becomes the one that once made it
    champion. A rollback that was cut short once it stood in the log is only brought to its end.

    Raises:
        ThermoclineError: if there is no former champion, if it no longer loads and answers, or if
            the champion changed meanwhile.
    """
    if entry := cut_short(client, name):
        finish(client, name, entry)
        return entry
    apply(client, name)
    log = entries(client, name)
    last, former = last_change(log), former_holder(log)
    if last is None or not former:
        raise ThermoclineError(
            "there is no former champion to go back to"
            if last
            else "there is no champion, nor was there one",
            where=name,
            fix="see `thermocline models log`",
        )
    current = last.to
    try:
        _refuse_another(client, name, log, former)
        smoke_test(name, former)
    except Exception as problem:  # whatever stands between a stored model and an answer
        stays = f"version {current} stays champion" if current else f"no champion: {last.reason}"
        raise ThermoclineError(
            f"the former champion, version {former}, no longer loads and answers ({problem}); "
            f"{stays}",
            where=name,
            fix="see `thermocline verify`, or promote another version",
        ) from problem
    why = reason or (f"version {current} was withdrawn" if current else last.reason)
    entry = append(client, name, CHAMPION, former, current, why, ROLLED_BACK)
    if not entry.valid:
        apply(client, name)
        raise ThermoclineError(
            f"version {current} is no longer champion: somebody was faster"
            if current
            else "somebody was faster: there is a champion again",
            where=name,
            fix="see `thermocline models log`, then decide again",
        )
    try:
        finish(client, name, entry)
    except Exception as problem:  # of the server, or on the way to it
        raise ThermoclineError(
            f"rolled back to version {former}: it stands in the log, but what follows from it was "
            f"not all done ({problem})",
            where=name,
            fix="do not roll back again: `thermocline models champion` does the rest",
        ) from problem
    return entry


def cut_short(client: Any, name: str) -> Entry | None:
    """The last change, if it is a rollback of which the alias or the verdict is still to be set."""
    log = entries(client, name)
    last = last_change(log)
    if last is None or last.change != ROLLED_BACK or gone(client, name, last):
        return None
    verdict, tags = _won_by(log, last), client.get_model_version(name, last.to).tags
    judged = verdict is None or read_verdict(tags.get(f"{VERDICT}_json", "")) == verdict
    return None if judged and aliased(client, name) == last.to else last


def finish(client: Any, name: str, entry: Entry) -> None:
    """Set the alias, and the verdict: it may have been judged since, against its successor."""
    apply(client, name)
    if verdict := _won_by(entries(client, name), entry):
        store_verdict(client, name, entry.to, VERDICT, verdict)


def _won_by(log: list[Entry], entry: Entry) -> PromotionVerdict | None:
    """The verdict that once made the version champion to which an entry goes back."""
    won = [e.verdict for e in log if e.valid and e.to == entry.to and e.verdict]
    return read_verdict(won[-1] if won else "")


def _refuse_another(client: Any, name: str, log: list[Entry], former: str) -> None:
    """The former champion is the version that the log means, and still there."""
    won = [entry for entry in log if entry.valid and entry.to == former]
    if why := gone(client, name, won[-1]):
        raise BadData(why, where=name)


def smoke_test(name: str, version: str) -> None:
    """Load a registered version and let it answer its endpoints' examples.

    Raises:
        ThermoclineError: if it cannot be loaded, or an answer is no field.
    """
    import numpy as np

    from thermocline import predict
    from thermocline.predict.champion import load_registered

    served = load_registered(name, version)
    for endpoint in predict.endpoints(served):
        answer = predict.ask(served, endpoint.route, **endpoint.example(served.model))
        # Land is NaN everywhere; a broken network makes all of the sea so, or infinite.
        fields = [v.values for v in answer.data_vars.values() if v.ndim and v.dtype.kind == "f"]
        if any(np.isnan(field).all() or np.isinf(field).any() for field in fields):
            raise BadData(
                f"its answer to {endpoint.route} is not finite", where=f"{name} version {version}"
            )
