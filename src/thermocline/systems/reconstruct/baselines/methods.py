"""The tuned classical methods a system is scored against."""

import json
from pathlib import Path

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.ensemble.trusted import Judge, Trusting
from thermocline.baselines.univariate.climatology import Climatology
from thermocline.baselines.univariate.dineof import Dineof
from thermocline.baselines.univariate.oi import OptimalInterpolation
from thermocline.errors import BadFile
from thermocline.ocean.anomalies import AnomalyMethod
from thermocline.systems.reconstruct.data.states import States


def classical_methods(
    folder: Path, store: States, ensemble: EnsembleOI, window: int = 0, *, trust: bool = True
) -> list[AnomalyMethod]:
    """Climatology, OI, the ensemble OI and DINEOF, as the baselines stage tuned them in `folder`.

    `ensemble` is shared with the model it is inside of, to hold its states once, and is scored with
    and without its share that is not localised; `window` is how many months on either side
    observations may come from.

    Args:
        trust: whether each is trusted as far as the observations of a case find its prior worth;
            all but OI by the ensemble OI's.

    Raises:
        BadFile: if the stage has not been run.
    """
    try:
        tuned = json.loads((folder / "tuned.json").read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadFile("not tuned yet", where=str(folder), fix="run `dvc repro`") from problem
    methods: list[AnomalyMethod] = [
        Climatology(),
        OptimalInterpolation(store.grid, **tuned["oi"]),
        *([ensemble.with_share(0.0)] if ensemble.share else []),
        ensemble,
        Dineof(
            store.states("train")[0],
            store.grid,
            serial=store.serial("train"),
            window=window,
            **tuned["dineof"],
        ),
    ]
    if not trust:
        return methods
    by_ensemble = Judge(ensemble)
    return [
        Trusting(each, Judge(each) if isinstance(each, OptimalInterpolation) else by_ensemble)
        for each in methods
    ]
