"""Stage calibrate: fit on validation years how far the network is trusted; assemble the model."""

import json
import sys
from pathlib import Path

from rich.progress import track

from stage import run, tuned_config
from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.prepare.store import Store
from thermocline.systems.cases import CaseBook
from thermocline.systems.prior import read_weights
from thermocline.systems.reconstruct.assemble import assemble, calibrate


def main(system: str) -> None:
    """Write build/models/<system>."""
    config = tuned_config(system)
    store = Store.open(config.data.prepared / f"{system}.nc")
    training = Path("build/training") / system
    model = assemble(
        config,
        store,
        read_weights(training / "weights.safetensors"),
        json.loads((training / "training.json").read_text())["data_digest"],
        EnsembleOI.load(Path("build/baselines") / system / "ensemble_oi.safetensors"),
    )
    book = CaseBook(store, config, "validation")
    cases = [case for density in config.evaluate.densities for case in book.columns(density)]
    cases += book.cells(config.evaluate.cells_density)
    model = calibrate(model, store, cases, lambda each: track(each, "Calibrating"))
    gate = model.contract.gate
    for density, correction, spread in zip(gate.density, gate.correction, gate.spread, strict=True):
        print(f"{density:.1%} of columns touched, from the surface down:")
        print("  network's correction × " + " ".join(f"{value:.2f}" for value in correction))
        print("  spread × " + " ".join(f"{value:.2f}" for value in spread))
    model.save(Path("build/models") / system)


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
