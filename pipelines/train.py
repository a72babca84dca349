"""Train a system's diffusion prior: prepared store in, weights and their history out."""

import json
import shutil
import sys
from hashlib import sha256
from pathlib import Path

from safetensors.torch import save_file

from stage import run
from thermocline.config import load_config
from thermocline.files import atomic_directory, sha256_file
from thermocline.prepare.store import Store
from thermocline.registry.tracking import tracked_run
from thermocline.systems.objective import Denoising
from thermocline.systems.prior import Prior, build_network
from thermocline.systems.training import Metrics, fit

CODE = (
    *("diffusion", "networks", "ocean"),
    *(f"systems/{name}.py" for name in ("condition", "objective", "prior", "training")),
)


def main(system: str) -> None:
    config = load_config()
    settings = getattr(config, system)
    store = Store.open(config.data.prepared / f"{system}.nc")
    data_digest = store.digest()
    states, months, _ = store.states("train")
    held_back = store.states("validation")[:2]
    network = build_network(settings.network, len(store.depth), config.seed)
    prior = Prior(network, settings.process, store.grid)
    objective = Denoising(
        prior, states, months, store.masks("train"), held_back, settings.training.batch
    )
    key = training_key(config.seed, settings, data_digest)
    checkpoints = Path("build/checkpoints") / system / key
    for stale in checkpoints.parent.glob("*"):
        if stale != checkpoints:
            shutil.rmtree(stale, ignore_errors=True)

    with tracked_run(system, config, f"train {system}", key=key, data_digest=data_digest) as run:

        def report(step: int, metrics: Metrics) -> None:
            run.log_metrics(metrics, step)
            figures = "  ".join(f"{name} {value:.3f}" for name, value in metrics.items())
            print(f"\nstep {step}: {figures}", flush=True)

        fitted = fit(network, objective, settings.training, config.seed, checkpoints, report)

    weights = {f"raw.{name}": value for name, value in fitted.raw.items()}
    weights |= {f"ema.{name}": value for name, value in fitted.ema.items()}
    with atomic_directory(Path("build/training") / system) as folder:
        save_file(weights, folder / "weights.safetensors")
        training = {
            "training_key": key,
            "seed": config.seed,
            "steps": settings.training.steps,
            "data_digest": data_digest,
            "metrics": fitted.history[-1][1],
            "history": [{"step": step, **metrics} for step, metrics in fitted.history],
        }
        (folder / "training.json").write_text(json.dumps(training, indent=1) + "\n")


def training_key(seed: int, settings, data_digest: str) -> str:
    """Digest of all that decides the weights: a checkpoint of another key is never resumed."""
    digest = sha256(f"{seed} {data_digest}".encode())
    for section in (settings.network, settings.process, settings.training):
        digest.update(section.model_dump_json().encode())
    digest.update(sha256_file("requirements.lock").encode())
    for place in CODE:
        room = Path("src/thermocline", place)
        for path in sorted(room.rglob("*.py")) if room.is_dir() else [room]:
            digest.update(sha256_file(path).encode())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
