"""A sweep: trials train a prior for a short while and are scored on validation years.

The study lives in a database, so that a sweep that was stopped goes on where it was: the number
of trials asked for is that of finished ones.
"""

import math
from collections.abc import Callable
from pathlib import Path

import optuna

from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.config import Config, parse_config
from thermocline.errors import BadConfig, BadData, ThermoclineError
from thermocline.prepare.store import Store
from thermocline.tuning.space import Overrides, suggest
from thermocline.tuning.study import FAILED, changes, finished, open_study, seed_sampler
from thermocline.tuning.trial import validation_crps

SYSTEM = "reconstruct"
OnStudy = Callable[[optuna.Study], None]
OnTrial = Callable[[optuna.trial.FrozenTrial, Overrides], None]
# A trial that ends in one of these has failed, and the sweep goes on. ThermoclineError and
# LinAlgError are ValueErrors; memory that runs out is a RuntimeError of torch.
MISHAPS = (ValueError, RuntimeError, ArithmeticError, MemoryError)


def run_sweep(
    config: Config,
    storage: str,
    trials: int,
    steps: int,
    on_trial: OnTrial = lambda trial, overrides: None,
    on_study: OnStudy = lambda study: None,
    root: Path = Path(),
) -> optuna.Study:
    """Run until the study holds `trials` finished trials; returns it.

    Args:
        storage: SQLAlchemy address of the study, such as `sqlite:///build/sweeps/reconstruct.db`.
        steps: training steps of each trial.
        on_trial: sees each ended trial of the study and what it changed, to be tracked: first
            those of earlier sessions, then the new ones. Failed trials have no value.
        on_study: sees the study before its first trial.
        root: the project's folder.

    Raises:
        BadFile: if the earlier stages have not been run.
        ThermoclineError: after `trials` failures in a row.
    """
    store = Store.open(root / config.data.prepared / f"{SYSTEM}.nc")
    ensemble = EnsembleOI.load(root / "build/baselines" / SYSTEM / "ensemble_oi.safetensors")
    digest = store.digest()
    study = open_study(config, storage, SYSTEM, steps, digest)
    on_study(study)
    for earlier in study.get_trials():
        if earlier.state.is_finished():
            on_trial(earlier, changes(earlier))

    def objective(trial: optuna.Trial) -> float:
        overrides = suggest(trial, SYSTEM) | {f"{SYSTEM}.training.steps": steps}
        trial.set_user_attr("overrides", overrides)
        try:
            crps = validation_crps(override(config, overrides), store, ensemble, digest)
            if not math.isfinite(crps):
                raise BadData(f"CRPS {crps}", where=f"trial {trial.number}")
        except MISHAPS as problem:
            trial.set_user_attr("failure", f"{type(problem).__name__}: {problem}")
            raise
        return crps

    failures = 0
    while finished(study) < trials:
        seed_sampler(study, config.seed)
        ended = _one_more(study, objective)
        on_trial(ended, changes(ended))
        failures = failures + 1 if ended.state == FAILED else 0
        if failures >= trials:
            raise ThermoclineError(
                f"{failures} trial(s) failed in a row, the last with "
                f"{ended.user_attrs.get('failure', 'no reason given')}",
                where=f"sweep of {SYSTEM}",
                fix="mend the cause and run it again; finished trials are kept",
            )
    return study


def _one_more(
    study: optuna.Study, objective: Callable[[optuna.Trial], float]
) -> optuna.trial.FrozenTrial:
    ended: list[optuna.trial.FrozenTrial] = []
    keep = lambda _, trial: ended.append(trial)
    study.optimize(objective, n_trials=1, catch=MISHAPS, callbacks=[keep])
    return ended[0]


def override(config: Config, overrides: Overrides) -> Config:
    """`config` with dotted overrides, validated again; raises BadConfig for an unknown section."""
    values = config.model_dump(mode="json")
    for dotted, value in overrides.items():
        *sections, last = dotted.split(".")
        place = values
        for section in sections:
            if not isinstance(place.get(section), dict):
                raise BadConfig(f"no section {section!r}", where=dotted)
            place = place[section]
        place[last] = value
    return parse_config(values, where="trial")
