"""Tune the classical methods on validation years, and keep every score of every candidate."""

import json
import sys
from pathlib import Path

import numpy as np

from thermocline.baselines.library import StateLibrary
from thermocline.baselines.tuning import tune_dineof, tune_oi
from thermocline.baselines.tuning_ensemble import tune_ensemble_oi
from thermocline.config import load_config
from thermocline.files import atomic_directory
from thermocline.prepare.store import Store
from thermocline.systems.cases import CaseBook


def main(system: str) -> None:
    config = load_config()
    settings = getattr(config, system)
    store = Store.open(config.data.prepared / f"{system}.nc")
    states, months, _ = store.states("train")
    book = CaseBook(store, config, "validation")
    cases = [
        (case.problem, case.truth)
        for density in config.evaluate.densities
        for case in book.columns(density)
    ]
    # Squared errors of anomalies count in °C, as they are scored.
    weight = store.grid.cell_area() * store.statistics.std**2

    oi, oi_scores = tune_oi(cases, weight, store.grid, settings.oi)
    print(f"oi: {oi.describe()}", flush=True)
    library = StateLibrary(states, months, store.grid)
    ensemble, ensemble_scores = tune_ensemble_oi(cases, weight, library, settings.ensemble_oi)
    print(f"ensemble OI: {ensemble.describe()}", flush=True)
    dineof, dineof_scores = tune_dineof(cases, weight, states, store.grid, settings.dineof)
    print(f"dineof: {dineof.describe()}", flush=True)

    with atomic_directory(Path("build/baselines") / system) as folder:
        oi.save(folder / "oi.safetensors")
        ensemble.save(folder / "ensemble_oi.safetensors")
        dineof.save(folder / "dineof.safetensors")
        scores = {"oi": oi_scores, "ensemble_oi": ensemble_scores, "dineof": dineof_scores}
        (folder / "tuning.json").write_text(json.dumps(scores, indent=1, default=_plain) + "\n")


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value)} in a table of scores")


if __name__ == "__main__":
    main(sys.argv[1])
