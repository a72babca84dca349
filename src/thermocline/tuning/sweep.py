"""An Optuna study: each trial trains a prior for a short while and is scored on validation years.

The study lives in a database, so that a sweep that was stopped goes on where it was: the number
of trials asked for is that of finished ones.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import optuna

from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.config import Config, parse_config
from thermocline.errors import ThermoclineError
from thermocline.prepare.store import Store
from thermocline.systems.cases import CaseBook
from thermocline.systems.reconstruct.assemble import assemble, calibrate
from thermocline.systems.reconstruct.train import named_weights, train_prior
from thermocline.tuning.space import Overrides, suggest
from thermocline.verify.cases import pool, score_case

OnTrial = Callable[[optuna.trial.FrozenTrial, Overrides], None]
FINISHED = optuna.trial.TrialState.COMPLETE


def run_sweep(
    config: Config,
    storage: str,
    trials: int,
    steps: int,
    on_trial: OnTrial = lambda trial, overrides: None,
) -> optuna.Study:
    """Run until the study holds `trials` finished trials; returns it.

    Args:
        storage: SQLAlchemy address of the study, such as `sqlite:///build/sweeps/reconstruct.db`.
        steps: training steps of each trial.
        on_trial: sees each finished trial and what it changed, to be tracked.

    Raises:
        BadFile: if the earlier stages have not been run.
    """
    system = "reconstruct"
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    store = Store.open(config.data.prepared / f"{system}.nc")
    ensemble = EnsembleOI.load(Path("build/baselines") / system / "ensemble_oi.safetensors")
    study = optuna.create_study(
        study_name=system,
        storage=storage,
        direction="minimize",
        load_if_exists=True,
        sampler=optuna.samplers.TPESampler(multivariate=True, group=True, seed=config.seed),
    )

    def objective(trial: optuna.Trial) -> float:
        overrides = suggest(trial, system)
        overrides[f"{system}.training.steps"] = steps
        trial.set_user_attr("overrides", overrides)
        return validation_crps(override(config, overrides), store, ensemble)

    while (missing := trials - len(study.get_trials(states=(FINISHED,)))) > 0:
        study.optimize(
            objective,
            n_trials=missing,
            catch=(ThermoclineError, RuntimeError),
            callbacks=[lambda _, trial: on_trial(trial, trial.user_attrs.get("overrides", {}))],
        )
    return study


def override(config: Config, overrides: Overrides) -> Config:
    """`config` with dotted overrides, validated again."""
    values = config.model_dump(mode="json")
    for dotted, value in overrides.items():
        *sections, last = dotted.split(".")
        place = values
        for section in sections:
            place = place[section]
        place[last] = value
    return parse_config(values, where="trial")


def validation_crps(config: Config, store: Store, ensemble: EnsembleOI) -> float:
    """CRPS in °C of a freshly trained model on the validation cases of the middle density.

    The gate is fitted on the even cases and scored on the odd ones, so that it is not judged by
    what it was fitted to.
    """
    with TemporaryDirectory() as scratch:
        fitted = train_prior(config, store, Path(scratch))
    model = assemble(config, store, named_weights(fitted), store.digest(), ensemble)
    book = CaseBook(store, config, "validation")
    density = config.evaluate.densities[len(config.evaluate.densities) // 2]
    cases = list(book.columns(density))
    model = calibrate(model, cases[::2])
    area = np.asarray(store.grid.cell_area())
    scores = []
    for index, case in enumerate(cases[1::2]):
        analysis = model.analyse(case.problem, config.evaluate.members, config.seed + index)
        scores.append(score_case(analysis, case.problem, case.truth, store.statistics, area))
    return pool(scores).crps
