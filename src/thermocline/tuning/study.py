"""Optuna studies: where they are kept, which trials may share one, and how trial n is drawn."""

import hashlib
import json
import warnings
from pathlib import Path
from uuid import uuid4

import optuna

from thermocline.config import Config
from thermocline.errors import BadConfig
from thermocline.tuning.space import SEARCHED, Overrides

IDENTITY, SYSTEM, STEPS = "identity", "system", "training_steps"
FINISHED, FAILED = optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.FAIL


def open_study(
    config: Config, storage: str, system: str, steps: int, data_digest: str
) -> optuna.Study:
    """The study of these settings: begun, or gone on with if the database holds it.

    Its name carries a digest of all that the trials have in common (parameters that are not
    searched, training steps, data): trials that cannot be compared never share a study.

    Args:
        storage: SQLAlchemy address, such as `sqlite:///build/sweeps/reconstruct.db`.

    Raises:
        BadConfig: if the database cannot be opened.
    """
    import sqlalchemy

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        url = sqlalchemy.make_url(storage)
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        study = optuna.create_study(
            study_name=f"{system}-{_digest(config, system, steps, data_digest)}",
            storage=_database(storage),
            direction="minimize",
            load_if_exists=True,
        )
    except (sqlalchemy.exc.SQLAlchemyError, ImportError, OSError, RuntimeError) as problem:
        raise BadConfig(
            f"the study's database cannot be opened: {type(problem).__name__}: {problem}",
            where=storage,
            fix=f"give an address such as sqlite:///build/sweeps/{system}.db",
        ) from problem
    # A name can come back after its database was deleted; this does not.
    for name, value in ((IDENTITY, uuid4().hex), (SYSTEM, system), (STEPS, steps)):
        if name not in study.user_attrs:
            study.set_user_attr(name, value)
    return study


def seed_sampler(study: optuna.Study, seed: int) -> None:
    """Give the study a sampler for its next trial alone.

    What is drawn depends on the seed, the trial's number and the earlier trials: a study that was
    interrupted goes on as if it had not been, instead of drawing its first trials once more.
    """
    number = len(study.get_trials(deepcopy=False))
    mixed = (seed * 1_000_003 + number) % 2**32
    study.sampler = optuna.samplers.TPESampler(multivariate=True, seed=mixed)


def finished(study: optuna.Study) -> int:
    """How many trials have a value."""
    return len(study.get_trials(deepcopy=False, states=(FINISHED,)))


def changes(trial: optuna.trial.FrozenTrial) -> Overrides:
    """What a trial changed in params.yaml, dotted."""
    return dict(trial.user_attrs.get("overrides", {}))


def _database(storage: str) -> optuna.storages.RDBStorage:
    """A database in which a running trial beats like a heart: a silent one was killed, and is
    marked as failed by whoever goes on with the study two minutes later or more.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.storages.RDBStorage(storage, heartbeat_interval=60)


def _digest(config: Config, system: str, steps: int, data_digest: str) -> str:
    common = config.model_dump(mode="json")
    for dotted in (*SEARCHED, "training.steps"):
        section, name = dotted.split(".")
        del common[system][section][name]
    content = json.dumps([common, steps, data_digest], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]
