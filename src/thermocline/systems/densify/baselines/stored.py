"""The tuned methods, as the baselines stage left them."""

import json
from pathlib import Path

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.errors import BadFile
from thermocline.ocean.problem import Method
from thermocline.systems.densify.baselines.ensemble import SurfaceEnsembleOI
from thermocline.systems.densify.baselines.leave_member_out import STARTS
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.baselines.methods import KINDS, SurfaceOI
from thermocline.systems.densify.baselines.simple import Climatology, InverseDistance


def classical_methods(folder: Path) -> list[Method]:
    """The tuned ones that the baselines stage left in `folder`, from the simplest on.

    Raises:
        BadFile: if they are not there, or damaged.
    """
    path = folder / "tuned.json"
    try:
        tuned = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise BadFile(
            f"no tuned methods ({type(problem).__name__})",
            where=str(path),
            fix="run `dvc repro baselines`",
        ) from problem
    settings = {
        name: {key: value for key, value in each.items() if key != "crps"}
        for name, each in tuned.items()
    }
    shared = STARTS["analysis"]  # the others are scored by their members
    paths = sorted(folder.glob("*_ensemble.safetensors"))
    regions = [Linear.load(p.with_name(p.name.replace("_ensemble", ""))) for p in paths]
    ensembles = {
        region.digest: EnsembleOI.load(path) for region, path in zip(regions, paths, strict=True)
    }
    return [
        Climatology(regions),
        InverseDistance(regions, **settings["inverse_distance"]),
        *(SurfaceOI(regions, kind, **settings[kind], spread=kind == shared) for kind in KINDS),
        SurfaceEnsembleOI(regions, ensembles),
    ]
