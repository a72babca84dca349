"""Fit on validation years how far the network is trusted, and assemble the model."""

import sys
from pathlib import Path

from rich.progress import track

from stage import run
from thermocline.config import load_config
from thermocline.prepare.store import Store
from thermocline.systems.reconstruct.assemble import assemble, calibrate


def main(system: str) -> None:
    config = load_config()
    store = Store.open(config.data.prepared / f"{system}.nc")
    model = assemble(
        config, store, Path("build/training") / system, Path("build/baselines") / system
    )
    model = calibrate(model, config, store, progress=lambda cases: track(cases, "Calibrating"))
    for density, correction, spread in zip(
        model.contract.gate.density,
        model.contract.gate.correction,
        model.contract.gate.spread,
        strict=True,
    ):
        print(f"density {density}:")
        print("  gate   " + " ".join(f"{value:.2f}" for value in correction))
        print("  spread " + " ".join(f"{value:.2f}" for value in spread))
    model.save(Path("build/models") / system)


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
