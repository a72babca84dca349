"""The classical methods tuned on validation years, with every score of every candidate."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from thermocline.baselines.common.scoring import Case
from thermocline.baselines.common.succession import persistence
from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.mean_state import MeanState, spread_of_means
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.ensemble.tuning import (
    tune_ensemble_oi,
    tune_mean_state,
    tune_share,
)
from thermocline.baselines.univariate.tuning import Table, tune_dineof, tune_oi
from thermocline.config import Config, DineofConfig
from thermocline.systems.paths import StagePaths
from thermocline.systems.reconstruct.baselines.leave_out import Index, LeaveMemberOut
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import RUN, States


def tune_baselines(config: Config, folder: Path) -> dict[str, dict[str, Any]]:
    """What was tuned, by method; the ensemble OI, tuned.json and tuning.json are in `folder`."""
    candidates = settings(config).baselines
    store = States.open(StagePaths("reconstruct", config).store)
    states, months, _ = store.states("train")
    evaluation_set = EvaluationSet(store, config, "validation")
    cases = [(case.problem, case.truth) for case in evaluation_set.every(["columns"])]
    # Squared errors of anomalies count in °C, as they are scored.
    weight = store.grid.cell_area() * store.statistics.std**2

    serial = store.serial("train")
    fades = persistence(states, serial).tolist()
    oi, oi_scores = tune_oi(cases, weight, store.grid, candidates.oi, persistence=fades)
    tuned: dict[str, dict[str, Any]] = {
        "oi": {
            "lengths_km": oi.lengths_km,
            "error_factors": oi.error_factors,
            "kernels": oi.kernels,
            "persistence": fades,
        }
    }
    library = StateLibrary(states, months, store.grid, serial=serial)
    leave_out = LeaveMemberOut(store, EnsembleOI(library, candidates.ensemble_oi.radius_km[0]))
    local, ensemble_scores = tune_ensemble_oi(
        cases, weight, library, candidates.ensemble_oi, lambda name: leave_out(name).library
    )
    share, share_scores = tune_share(
        cases, weight, LeaveMemberOut(store, local), candidates.ensemble_oi.share
    )
    ensemble = local.with_share(share)
    spread = MeanState(tuple(spread_of_means(states, serial // RUN).tolist()))
    offset, offset_scores = tune_mean_state(
        cases, weight, LeaveMemberOut(store, ensemble), spread, candidates.ensemble_oi.mean_state
    )
    ensemble = ensemble.with_mean_state(offset)
    tuned["ensemble_oi"] = ensemble.parameters
    window = settings(config).data.observe.window
    modes, dineof_scores = tune_modes(cases, weight, leave_out, candidates.dineof, window)
    tuned["dineof"] = {"modes": modes}

    ensemble.save(folder / "ensemble_oi.safetensors")
    (folder / "tuned.json").write_text(json.dumps(tuned, indent=1) + "\n")
    scores = {
        "oi": oi_scores,
        "ensemble_oi": ensemble_scores + share_scores + offset_scores,
        "dineof": dineof_scores,
    }
    (folder / "tuning.json").write_text(json.dumps(scores, indent=1, default=_plain) + "\n")
    return tuned


def tune_modes(
    cases: Sequence[Case],
    weight: NDArray,
    leave_out: LeaveMemberOut,
    config: DineofConfig,
    window: int,
) -> tuple[int, Table]:
    """DINEOF's number of modes of least RMSE; the EOFs of a case are of other members."""
    folds: dict[bytes, tuple[Index, list[Case]]] = {}
    for problem, truth in cases:
        others = leave_out.others(problem.case, problem.case)
        folds.setdefault(others.tobytes(), (others, []))[1].append((problem, truth))
    least = min(len(others) for others, _ in folds.values())
    config = config.model_copy(update={"modes": tuple(min(m, least) for m in config.modes)})
    scores: dict[int, float] = {}
    for others, some in folds.values():
        states, serial = leave_out.states[others], leave_out.serial[others]
        _, rows = tune_dineof(some, weight, states, leave_out.grid, config, serial, window)
        for row in rows:
            scores[row["modes"]] = scores.get(row["modes"], 0) + row["rmse"] * len(some)
    table = [{"method": "dineof", "modes": m, "rmse": s / len(cases)} for m, s in scores.items()]
    return min(scores, key=scores.__getitem__), table


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's, for JSON."""
    return value.item()
