"""Tune the classical methods on validation years, and keep every score of every candidate."""

import json
import sys
from pathlib import Path
from typing import Any

from stage import run
from thermocline.baselines.library import StateLibrary
from thermocline.baselines.succession import persistence
from thermocline.baselines.tuning import tune_dineof, tune_oi
from thermocline.baselines.tuning_ensemble import tune_ensemble_oi, tune_share
from thermocline.config import load_config
from thermocline.files import atomic_directory
from thermocline.prepare.store import Store
from thermocline.systems.cases import CaseBook
from thermocline.systems.reconstruct.leave_out import LeaveOut


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
    tuned: dict[str, dict] = {
        "oi": {
            "lengths_km": oi.lengths_km,
            "error_factors": oi.error_factors,
            "kernels": oi.kernels,
        }
    }
    serial = store.serial("train")
    tuned["oi"]["persistence"] = persistence(states, serial).tolist()
    library = StateLibrary(states, months, store.grid, serial=serial)
    local, ensemble_scores = tune_ensemble_oi(cases, weight, library, settings.ensemble_oi)
    share, share_scores = tune_share(
        cases, weight, LeaveOut(store, local), settings.ensemble_oi.share
    )
    ensemble = local.with_share(share)
    tuned["ensemble_oi"] = ensemble.parameters
    dineof, dineof_scores = tune_dineof(cases, weight, states, store.grid, settings.dineof)
    tuned["dineof"] = {"modes": dineof.modes}
    print(json.dumps(tuned, indent=1))

    with atomic_directory(Path("build/baselines") / system) as folder:
        ensemble.save(folder / "ensemble_oi.safetensors")
        (folder / "tuned.json").write_text(json.dumps(tuned, indent=1) + "\n")
        scores = {
            "oi": oi_scores,
            "ensemble_oi": ensemble_scores + share_scores,
            "dineof": dineof_scores,
        }
        (folder / "tuning.json").write_text(json.dumps(scores, indent=1, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's, for JSON."""
    return value.item()


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
