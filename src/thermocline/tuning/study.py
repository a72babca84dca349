"""A study: which trials may share one, how they are counted, and how the next one is drawn."""

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any
from uuid import uuid4

import optuna
from optuna.trial import FrozenTrial, TrialState

from thermocline.config import Config
from thermocline.systems.closure import code_digest
from thermocline.tuning.overrides import Overrides
from thermocline.tuning.space import defaults
from thermocline.tuning.storage import Heart, Storage, original, retry

IDENTITY, SYSTEM, STEPS, DATA = "identity", "system", "training_steps", "data_digest"
DEFAULT, OVERRIDES, FAILURE, CLAIMED = "default", "overrides", "failure", "claimed"
REFUSED = "refused"
"""Of a failed trial whose settings could not be used together."""
RUNG = "rung_crps"
CASES = "case_scores"
"""A completed trial's scores case by case: unit, CRPS, weight."""
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


def study_name(config: Config, system: str, steps: int, data_digest: str, root: Path) -> str:
    """The system, and a digest of all that the trials have in common.

    Settings, search space, training steps, data, code and locked packages: trials that cannot be
    compared never share a study. The number of trials is not in it: a study can be resumed.
    """
    section = config.section(system)
    common = section.model_dump(mode="json", exclude={"baselines"})
    del common["tune"]["trials"], common["tune"]["steps"], common["evaluate"]["bootstrap"]
    del common["tune"]["share"]
    code = code_digest("tune", system, root)
    content = [common, config.seed, steps, data_digest, code]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"{system}-{digest[:12]}"


def open_study(
    storage: Storage, name: str, config: Config, system: str, steps: int, heart: Heart
) -> optuna.Study:
    """The study of that name: begun, or resumed. Hold the claim meanwhile.

    A study begins with the settings of params.yaml, which all others are compared with; if their
    trial failed, or was killed too often, it is the next one.

    Raises:
        BadConfig: if the database cannot be opened.
    """
    import sqlalchemy

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    two = config.section(system).tune.sampler == "nsga2"
    try:
        study = optuna.create_study(
            study_name=name,
            storage=storage.open(heart),
            directions=["minimize"] * (2 if two else 1),
            pruner=optuna.pruners.NopPruner(),
            load_if_exists=True,
        )
    except sqlalchemy.exc.SQLAlchemyError as problem:
        raise storage.unusable(problem) from problem
    # A name can come back after its database was deleted; this does not.
    for key, value in ((IDENTITY, uuid4().hex), (SYSTEM, system), (STEPS, steps)):
        if key not in study.user_attrs:
            study.set_user_attr(key, value)
    if not any(_of_default(trial) for trial in study.get_trials(deepcopy=False)):
        study.enqueue_trial(defaults(config, system), user_attrs={DEFAULT: True})
    return study


def _of_default(trial: FrozenTrial) -> bool:
    """Whether a trial of the settings of params.yaml was completed, or may yet be."""
    return bool(trial.user_attrs.get(DEFAULT)) and trial.state != TrialState.FAIL


def seed_sampler(study: optuna.Study, config: Config, system: str, shared: bool) -> int:
    """Give the study a sampler for its next trial alone; its seed. Hold the claim meanwhile.

    What is drawn depends on the seed, the trial's number and the earlier trials: a study that was
    interrupted goes on as if it had not been, instead of drawing its first trials once more.
    """
    tune = config.section(system).tune
    numbers = {original(trial) for trial in study.get_trials(deepcopy=False)}
    seed = (config.seed * 1_000_003 + len(numbers)) % 2**32
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.sampler = _sampler(tune.sampler, tune.startup, seed, shared)
    return seed


def _sampler(name: str, startup: int, seed: int, shared: bool) -> optuna.samplers.BaseSampler:
    if name == "tpe":
        return optuna.samplers.TPESampler(
            multivariate=True,
            group=False,
            constant_liar=shared,  # what others are trying now counts as bad: not tried twice
            n_startup_trials=startup,
            seed=seed,
        )
    if name == "gp":
        return optuna.samplers.GPSampler(
            n_startup_trials=startup, seed=seed, warn_independent_sampling=False
        )
    if name == "nsga2":
        return optuna.samplers.NSGAIISampler(population_size=max(2, startup), seed=seed)
    return optuna.samplers.RandomSampler(seed=seed)


def recover(study: optuna.Study, shared: bool) -> None:
    """Put trials whose worker was killed back into the queue. Hold the claim meanwhile."""
    if shared:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            optuna.storages.fail_stale_trials(study)  # puts them back by `retry`
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        # Between the claim and its first heartbeat a trial is this claim's: nobody else's.
        if not shared or trial.user_attrs.get(CLAIMED) != trial.number:
            give_back(study, trial.number)


def give_back(study: optuna.Study, number: int) -> None:
    """Mark a trial that was interrupted as killed, and put it back into the queue, once."""
    study.tell(number, state=TrialState.FAIL, skip_if_finished=True)
    trials = study.get_trials()
    again = any(number in trial.system_attrs.get("retry_history", []) for trial in trials)
    if outcome(trials[number]) == "killed" and not again:
        retry(study, trials[number])


def finished(study: optuna.Study) -> int:
    """How many trials were completed or pruned."""
    return len(study.get_trials(deepcopy=False, states=FINISHED))


def running(study: optuna.Study) -> int:
    """How many trials are at work now, or were when their worker was killed."""
    return len(study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)))


def waiting(study: optuna.Study) -> int:
    """How many trials are in the queue: the first, and those that were killed."""
    return len(study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))


def crps_of(trial: FrozenTrial) -> float:
    """A completed trial's CRPS, the first of its values."""
    return float((trial.values or [float("nan")])[0])


def best_trials(study: optuna.Study, count: int = 5) -> list[FrozenTrial]:
    """The completed trials with the smallest CRPS, best first."""
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return sorted(trials, key=lambda trial: (crps_of(trial), trial.number))[:count]


def default_trial(study: optuna.Study) -> FrozenTrial | None:
    """The completed trial of params.yaml's own settings, or None."""
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return next((trial for trial in trials if trial.user_attrs.get(DEFAULT)), None)


def changes(trial: FrozenTrial) -> Overrides:
    """What a trial changed in params.yaml, dotted."""
    return dict(trial.user_attrs.get(OVERRIDES, {}))


def outcome(trial: FrozenTrial) -> str:
    """How a trial ended, or that it did not: complete, pruned, failed, killed, running, waiting."""
    if trial.state == TrialState.FAIL:
        return "failed" if FAILURE in trial.user_attrs else "killed"
    return trial.state.name.lower()


def failures(study: optuna.Study) -> dict[int, str]:
    """Trials that failed by themselves, by number, and why."""
    trials: list[Any] = study.get_trials(deepcopy=False, states=(TrialState.FAIL,))
    return {t.number: t.user_attrs[FAILURE] for t in trials if FAILURE in t.user_attrs}
