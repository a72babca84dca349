"""Back to the former champion, once it has shown that it still answers."""

from typing import Any

from thermocline.errors import BadData, ThermoclineError
from thermocline.registry.alias_history import CHAMPION, ROLLED_BACK, Entry, former_holder, holder
from thermocline.registry.alias_log import append, apply, entries
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
    # It may have been judged since, against its successor: that verdict goes.
    won = [e.verdict for e in log if e.valid and e.to == former and e.verdict]
    if verdict := read_verdict(won[-1] if won else ""):
        store_verdict(client, name, former, VERDICT, verdict)
    return entry


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
