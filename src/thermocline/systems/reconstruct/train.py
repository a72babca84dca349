"""Train the prior of `reconstruct`, in the pipeline and in sweeps alike."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from thermocline.config import Config
from thermocline.files import sha256_file
from thermocline.observe.gridding import error_std
from thermocline.prepare.store import Store
from thermocline.systems.objective import Denoising
from thermocline.systems.prior import Prior, build_network
from thermocline.systems.training import Fitted, Report, fit

CODE = (
    *("diffusion", "networks", "ocean"),
    *(f"systems/{name}.py" for name in ("condition", "masking", "objective", "prior", "training")),
)


def train_prior(
    config: Config,
    store: Store,
    checkpoints: Path,
    report: Report = lambda step, metrics: None,
    callbacks: Sequence[Any] = (),
) -> Fitted:
    """Train on the store's training years; continues from `checkpoints` if they were begun.

    Args:
        callbacks: Lightning callbacks, called after each step's bookkeeping.
    """
    settings = config.reconstruct
    states, months, _ = store.states("train")
    held_back = store.states("validation")[:2]
    network = build_network(settings.network, settings.masking, len(store.depth), config.seed)
    prior = Prior(network, settings.process, store.grid, settings.masking)
    masks, batch, std = store.masks("train"), settings.training.batch, store.statistics.std
    s_y = (error_std(config.observe, std) / std).astype(np.float32)
    objective = Denoising(prior, states, months, masks, held_back, batch, s_y)
    return fit(
        network,
        objective,
        settings.training,
        config.seed,
        checkpoints,
        report,
        callbacks=callbacks,
    )


def named_weights(fitted: Fitted) -> dict[str, Tensor]:
    """Raw and averaged weights in one dictionary, `raw.…` and `ema.…`, as they are stored."""
    raw = {f"raw.{name}": value for name, value in fitted.raw.items()}
    return raw | {f"ema.{name}": value for name, value in fitted.ema.items()}


def training_key(config: Config, data_digest: str, root: Path = Path()) -> str:
    """Digest of all that decides the weights: checkpoints of another key are never resumed."""
    settings = config.reconstruct
    digest = sha256(f"{config.seed} {data_digest} {config.observe.model_dump_json()}".encode())
    for section in (settings.network, settings.process, settings.masking, settings.training):
        digest.update(section.model_dump_json().encode())
    digest.update(sha256_file(root / "requirements.lock").encode())
    package = Path(__file__).parents[2]
    for place in CODE:
        room = package / place
        for path in sorted(room.rglob("*.py")) if room.is_dir() else [room]:
            digest.update(sha256_file(path).encode())
    return digest.hexdigest()[:16]
