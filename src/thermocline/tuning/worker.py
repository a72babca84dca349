"""A worker: claims one trial after another until the study holds as many as it shall.

The number of trials is a target for finished ones, exact with any number of workers: a trial is
claimed under a lock, and only while those finished and those at work are fewer than the target. A
worker that finds nothing to claim waits until the target is reached or a killed trial comes back.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import optuna
from optuna.exceptions import StorageInternalError
from optuna.trial import FrozenTrial, TrialState

from thermocline.config import Config
from thermocline.errors import ThermoclineError
from thermocline.tuning.away import Outage
from thermocline.tuning.claim import Claim
from thermocline.tuning.dimensions import Space, suggest
from thermocline.tuning.observer import Observer
from thermocline.tuning.overrides import Overrides
from thermocline.tuning.space import Refused
from thermocline.tuning.storage import Heart, Lost
from thermocline.tuning.study import (
    CLAIMED,
    FAILURE,
    OVERRIDES,
    REFUSED,
    finished,
    give_back,
    outcome,
    recover,
    running,
    seed_sampler,
    waiting,
)
from thermocline.tuning.untried import Untried, left, size, tried

Objective = Callable[[optuna.Trial, Overrides], float | tuple[float, ...]]
# A trial that ends in one of these has failed, and the sweep goes on. ThermoclineError and
# LinAlgError are ValueErrors; memory that runs out is a RuntimeError of torch.
MISHAPS = (ValueError, RuntimeError, ArithmeticError, MemoryError)
PATIENCE = 5
REFUSALS = 100
"""Trials in a row whose settings cannot be used together: so many are no chance."""


@dataclass
class Worker:
    """One worker at a study.

    Attributes:
        target: finished trials the study shall hold.
        heart: for how long to wait before looking again whether there is anything to claim.
    """

    study: optuna.Study
    claim: Claim
    config: Config
    system: str
    space: Space
    target: int
    objective: Objective
    observer: Observer
    heart: Heart
    mine: int | None = None
    told: set[int] = field(default_factory=set)

    def work(self) -> None:
        """Run trials until the study holds `target` finished ones, whoever ran them, or no
        combination of the space is left.

        Raises:
            ThermoclineError: after several failures in a row, and after many trials in a row whose
                settings could not be used together.
        """
        failed, refused = 0, 0
        lost = Outage(self.claim.storage, self.observer.on_notice)
        while True:
            try:
                with self.claim:
                    recover(self.study, self.claim.storage.shared)
                    if lost and self.mine is not None:
                        give_back(self.study, self.mine)
                    lost.over()
                    self.report()
                    at_work = running(self.study)
                    # In this order: one that ends meanwhile is counted twice, never not at all.
                    done, more = finished(self.study), waiting(self.study) or self._untried()
                    if done >= self.target or not (more or at_work):
                        return
                    free = more and at_work + done < self.target
                    ended = self._one_trial() if free else None
            except (Lost, StorageInternalError) as problem:
                # A trial that it was at is given back later, by it or by whoever misses its heart.
                lost.endure(problem)
                ended = None
            if ended is None:
                time.sleep(min(1.0, self.heart.beat / 2))
                continue
            self.report(ended)
            refused = refused + 1 if REFUSED in ended.user_attrs else 0
            if not refused:
                failed = failed + 1 if outcome(ended) == "failed" else 0
            if failed >= min(self.target, PATIENCE) or refused >= REFUSALS:
                last = ended.user_attrs[FAILURE]
                raise ThermoclineError(
                    f"{refused or failed} trial(s) failed in a row, the last with {last}",
                    where=f"sweep of {self.system}",
                    fix="mend the cause and run it again; finished trials are kept",
                )

    def report(self, *ended: FrozenTrial) -> None:
        """Tell the observer of trials that ended and that it was not told of."""
        for trial in ended or self.study.get_trials(deepcopy=False):
            if trial.state.is_finished() and trial.number not in self.told:
                self.observer.on_end(trial, outcome(trial))
                self.told.add(trial.number)

    def _untried(self) -> bool:
        """Whether a trial can be drawn that does not repeat another."""
        return left(self.study, self.space) != 0

    def _one_trial(self) -> FrozenTrial | None:
        """Run a trial with Optuna's own loop; None if another worker was given it meanwhile."""
        seed = seed_sampler(self.study, self.config, self.system, self.claim.storage.shared)
        if size(self.space) is not None:
            self.study.sampler = Untried(self.study.sampler, self.space, tried(self.study), seed)
        self.mine = None
        try:
            self.study.optimize(self._claimed, n_trials=1, catch=MISHAPS)
        except Exception as problem:
            if self.claim.storage.shared and _of_storage(problem):
                raise Lost(
                    "the study's database was lost during a trial",
                    where=f"sweep of {self.system}",
                    fix="run it again when it is there; finished trials are kept",
                ) from problem
            # One that was silent for too long (a machine that slept) was taken for killed.
            if self.mine is not None and outcome(self._trial(self.mine)) == "killed":
                return None
            raise
        except BaseException:
            if self.mine is not None:
                with self.claim:
                    give_back(self.study, self.mine)
                    self.report()
            raise
        return None if self.mine is None else self._trial(self.mine)

    def _claimed(self, trial: optuna.Trial) -> float | tuple[float, ...]:
        self.mine = trial.number
        try:
            try:
                overrides = suggest(trial, self.space, self.system)
                trial.set_user_attr(OVERRIDES, overrides)
                if self.claim.storage.shared:
                    trial.storage.record_heartbeat(trial._trial_id)  # type: ignore[attr-defined]
                trial.set_user_attr(CLAIMED, trial.number)
            finally:
                self.claim.release()
            self.observer.on_begin(trial.number, overrides)
            return self.objective(trial, overrides)
        except optuna.TrialPruned:
            raise
        except Exception as problem:
            # A trial that lost its database has not failed by itself.
            if not _of_storage(problem) and self._trial(trial.number).state == TrialState.RUNNING:
                if isinstance(problem, Refused):
                    trial.set_user_attr(REFUSED, True)
                    reason = f"these settings cannot be used together: {problem.what}"
                else:
                    reason = f"{type(problem).__name__}: {problem}"
                trial.set_user_attr(FAILURE, reason[:2000])
            raise

    def _trial(self, number: int) -> FrozenTrial:
        return self.study.get_trials(deepcopy=False)[number]


def _of_storage(problem: BaseException | None) -> bool:
    """Whether a failure of the study's database led to `problem`.

    Optuna's loop may end in an error of its own after one.
    """
    while problem is not None and not isinstance(problem, StorageInternalError):
        problem = problem.__cause__ or problem.__context__
    return problem is not None
