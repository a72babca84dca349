"""A sweep: trials train a network for a short while and are scored on validation years.

The study lives in a database, so that a sweep that was stopped goes on where it was, and the work
can be shared: the number of trials asked for is that of finished ones, whoever finishes them.
"""

from pathlib import Path

import optuna

from thermocline import systems
from thermocline.config import Config
from thermocline.errors import BadConfig
from thermocline.systems.learning import COST, CRPS
from thermocline.tuning.away import Outage
from thermocline.tuning.claim import working
from thermocline.tuning.observer import Observer, Silent
from thermocline.tuning.overrides import Overrides, override
from thermocline.tuning.pruning import Judgement
from thermocline.tuning.space import Refused, search_space
from thermocline.tuning.storage import Heart, Storage, original
from thermocline.tuning.study import CASES, DATA, IDENTITY, RUNG, open_study, study_name
from thermocline.tuning.trial import Attempt, Judge, Trainer, forget, shortened
from thermocline.tuning.worker import Worker

RUNNING = optuna.trial.TrialState.RUNNING
CHECKPOINTS = Path("build/checkpoints/sweeps")


def run_sweep(
    config: Config,
    system: str,
    storage: str,
    trials: int,
    steps: int,
    observer: Observer | None = None,
    root: Path = Path(),
    heart: Heart = Heart(),  # noqa: B008
    judge: Judge | None = None,
) -> optuna.Study:
    """Work until the study holds `trials` finished trials, or all that can be; returns it.

    Args:
        storage: where the study is kept; see `storage.FORMS`.
        steps: training steps of each trial.
        observer: keeps the record.
        root: the project's folder.
        judge: says what trials are worth, instead of training them.

    Raises:
        BadFile: if the earlier stages have not been run.
        BadConfig: for a space or a storage that cannot be used.
        ThermoclineError: after several failures in a row.
    """
    place, space = Storage.parse(storage), search_space(config, system)
    observer = observer or Silent()
    digest = data = ""
    if judge is None:
        judge, digest, data = _trainer(config, system, root)
    name = study_name(config, system, steps, digest, root)
    with working(place) as claim:

        def begin() -> optuna.Study:
            with claim:
                study = open_study(place, name, config, system, steps, heart)
                if DATA not in study.user_attrs:
                    study.set_user_attr(DATA, data)
                observer.on_study(study)
                return study

        study = Outage(place, observer.on_notice).through(begin)
        objective = _objective(study, config, system, steps, root, judge, observer)
        worker = Worker(study, claim, config, system, space, trials, objective, observer, heart)
        worker.work()
    return study


def _trainer(config: Config, system: str, root: Path) -> tuple[Judge, str, str]:
    """What trains and judges a system's trials; digests of what it works with, and of its data."""
    examiner = systems.get(system).trials(config, root)
    return Trainer(system, examiner), examiner.digest, examiner.data_digest


class _objective:
    """One trial, as Optuna calls it: try, tell the observer, return what is minimised."""

    def __init__(
        self,
        study: optuna.Study,
        config: Config,
        system: str,
        steps: int,
        root: Path,
        judge: Judge,
        observer: Observer,
    ):
        self.tune = config.section(system).tune
        self.config, self.system, self.steps = config, system, steps
        self.judge, self.observer = judge, observer
        self.folder = root / CHECKPOINTS / study.user_attrs[IDENTITY]

    def __call__(self, trial: optuna.Trial, overrides: Overrides) -> float | tuple[float, ...]:
        judgement = Judgement(trial, self.tune, self.steps)
        judged = judgement.reported()

        def judge(step: int, crps: float) -> bool:
            self.observer.on_metrics(trial.number, step, {RUNG: crps})
            return judgement.report(step, crps)

        frozen = trial.study.get_trials(deepcopy=False)[trial.number]
        # A trial that was killed comes back under another number.
        checkpoints = self.folder / str(original(frozen))
        try:
            config = shortened(override(self.config, overrides), self.system, self.steps)
        except BadConfig as problem:
            raise Refused(problem.what, where=problem.where, fix=problem.fix) from problem
        try:
            scores = self.judge(Attempt(config, checkpoints, frozenset(judged), judge))
        except Exception:
            # Unless it was taken for killed, and another worker goes on from them.
            if trial.study.get_trials(deepcopy=False)[trial.number].state == RUNNING:
                forget(checkpoints)
            raise
        if cases := getattr(scores, "cases", ()):
            trial.set_user_attr(CASES, [list(case) for case in cases])
        self.observer.on_metrics(trial.number, self.steps, {RUNG: scores[CRPS], **scores})
        forget(checkpoints)
        if len(trial.study.directions) == 2:
            return scores[CRPS], scores[COST]
        if self.steps not in judged:
            trial.report(scores[CRPS], self.steps)
        return scores[CRPS]
