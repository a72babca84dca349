"""Pruning: a trial that has fallen behind at a rung is given up.

Rungs are at a ninth and a third of the training steps. Hyperband (Li et al., 2018) deals trials to
brackets: the first prunes at both rungs, the second at the later one, the third at none; of those
that reach a rung the best third go on.
"""

from collections.abc import Mapping
from copy import copy

import optuna
from optuna.trial import FrozenTrial, TrialState

from thermocline.config import TuneConfig
from thermocline.tuning.storage import original
from thermocline.tuning.study import DEFAULT

FACTOR = 3


def rungs(steps: int) -> tuple[int, ...]:
    """The training steps at which trials are compared before their end."""
    return tuple(sorted({steps // FACTOR**2, steps // FACTOR} - {0}))


def places(trials: list[FrozenTrial]) -> dict[int, int]:
    """In what order trials were first begun, by number; of those that did not fail.

    One that was killed and came back under another number has the place that it had.
    """
    begun = sorted({original(trial) for trial in trials})
    alive = (trial for trial in trials if trial.state != TrialState.FAIL)
    return {trial.number: begun.index(original(trial)) for trial in alive}


class Brackets(optuna.pruners.HyperbandPruner):
    """Hyperband that deals trials by their `places`, so that kills change nothing."""

    places: Mapping[int, int] = {}

    def _get_bracket_id(self, study: optuna.Study, trial: FrozenTrial) -> int:
        if trial.number not in self.places:
            return -1  # none: it does not compete
        dealt = copy(trial)
        dealt.number = self.places[trial.number]
        return super()._get_bracket_id(study, dealt)


class Judgement:
    """Decides at a rung whether a trial is given up. Each rung is reported once.

    Optuna's own hook would also restrict the sampler to a trial's bracket, and leave it too few
    trials to learn from: the study has no pruner, this one is asked instead.
    """

    def __init__(self, trial: optuna.Trial, tune: TuneConfig, steps: int):
        self.trial, self.single = trial, len(trial.study.directions) == 1
        self.pruner: Brackets | None = None
        # The settings of params.yaml are what all others are compared with: never given up.
        spared = trial.user_attrs.get(DEFAULT)
        if tune.pruner == "hyperband" and self.single and not spared:
            self.pruner = Brackets(
                min_resource=max(1, steps // FACTOR**2),
                max_resource=steps,
                reduction_factor=FACTOR,
            )

    def reported(self) -> set[int]:
        """Steps that were reported, before a kill or after."""
        trials = self.trial.study.get_trials(deepcopy=False)
        return set(trials[self.trial.number].intermediate_values)

    def report(self, step: int, crps: float) -> bool:
        """Report the CRPS at a step; whether the trial is to be given up."""
        if not self.single:
            return False
        self.trial.report(crps, step)
        if self.pruner is None:
            return False
        study = self.trial.study
        trials = study.get_trials()
        self.pruner.places = places(trials)
        return self.pruner.prune(study, trials[self.trial.number])
