"""What a study decides: training keeps the settings of params.yaml unless a trial is shown better.

The best trial is compared with the trial of params.yaml's own settings on the same validation
cases, in pairs. Its settings are trained if the whole 95 % interval of the ratio of CRPS lies on
the better side. The interval ignores that the best of several trials was picked, so it is a
little optimistic, the more so the more trials there are. And trials must have been trained for a
fair share of the steps (`tune.share`): what learns fastest is not what learns most.
"""

from dataclasses import dataclass
from typing import Any

import optuna
from optuna.trial import FrozenTrial

from thermocline.config import Config
from thermocline.errors import ThermoclineError
from thermocline.tuning.overrides import Overrides, value_of
from thermocline.tuning.study import CASES, STEPS, best_trials, changes, default_trial
from thermocline.verify.significance.bootstrap import Verdict, verdict
from thermocline.verify.significance.resampling import Design

KEEPS = "the settings of params.yaml are trained"


@dataclass(frozen=True)
class Decision:
    """The trial whose settings are trained, and why.

    Attributes:
        trial: the best one if it is shown better, else that of params.yaml; None if the latter
            did not finish.
        overrides: what it changes in params.yaml, dotted.
        why: in one sentence.
    """

    trial: FrozenTrial | None
    overrides: Overrides
    why: str


def decide(study: optuna.Study, needed: int = 0) -> Decision:
    """What is trained after a study.

    Args:
        needed: steps that its trials must have been trained for to replace anything.

    Raises:
        ThermoclineError: if no trial was completed.
    """
    best, default = next(iter(best_trials(study, 1)), None), default_trial(study)
    if best is None:
        raise ThermoclineError(
            "no trial was completed",
            where=study.study_name,
            fix="ask for more trials, or set pruner: none",
        )
    if default is None:
        return Decision(None, {}, f"{KEEPS}: their own trial failed, and none is compared with it")
    if best.number == default.number:
        return Decision(default, {}, f"{KEEPS}: no trial is better")
    found = compare(best, default)
    if found is None:
        return Decision(default, {}, f"{KEEPS}: there are too few validation cases to compare on")
    if found.decision != "better":
        why = f"{KEEPS}: no trial is shown better (best: trial {best.number}, {_words(found)})"
        return Decision(default, {}, why)
    better = f"trial {best.number}'s CRPS is {_words(found)}"
    if (had := study.user_attrs.get(STEPS, needed)) < needed:
        why = f"{KEEPS}: {better}, but after {had} steps; {needed} are needed (tune.steps)"
        return Decision(default, {}, why)
    return Decision(best, changes(best), better)


def compare(trial: FrozenTrial, default: FrozenTrial) -> Verdict | None:
    """A trial against the default on the cases of both; None if those are too few, or not alike."""
    one, other = (t.user_attrs.get(CASES, []) for t in (trial, default))
    units, weights = [case[0] for case in one], [case[2] for case in one]
    if not one or units != [case[0] for case in other]:
        return None
    design = Design(weights, units)
    return verdict([case[1] for case in one], [case[1] for case in other], design=design)


def report(config: Config, found: dict[str, Any]) -> list[str]:
    """Lines that say what a study's result replaces in params.yaml, and why.

    Args:
        config: of params.yaml, without the overrides.
        found: the result, as `summary.winner` gives it.
    """
    why = str(found.get("why") or f"{KEEPS}")
    replaced = {
        name: (value_of(config, name), value)
        for name, value in found["overrides"].items()
        if value_of(config, name) != value
    }
    if not replaced:
        return [f"{why[:1].upper()}{why[1:]}."]
    return [
        f"A trial's settings are trained, not those of params.yaml: {why}.",
        *(f"  {name} {was} -> {now}" for name, (was, now) in replaced.items()),
    ]


def _words(found: Verdict) -> str:
    """`3.1 % lower on 10 validation cases [1.2, 4.9]`."""
    gain, low, high = (
        100 * (1 - ratio) for ratio in (found.ratio.estimate, found.ratio.high, found.ratio.low)
    )
    return f"{gain:.1f} % lower on {found.cases} validation cases [{low:.1f}, {high:.1f}]"
