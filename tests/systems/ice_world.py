"""A small world of sea ice for tests: states of few degrees of freedom on 16 × 16 cells."""

import numpy as np

from ice_states import GRID, state
from thermocline.prepare.sample import Group, Layout, Sample
from thermocline.prepare.writer import write_store
from thermocline.systems.config import parse_config
from thermocline.systems.seaice.data.raw import GROUP, ICE

QUICK = {"steps": 3, "batch": 4, "checkpoint_every": 2, "validate_every": 3, "warmup": 1}


def settings(folder, **own):
    """A configuration whose section is of a few steps; the store lies in `folder`."""
    period = lambda members: {"members": members, "first": 2000, "last": 2001}
    section = {
        "baselines": {
            "ensemble": {"states": 60, "radius_km": [3000], "inflation": [1.0, 1.5], "cases": 2},
        },
        "model": {
            "autoencoder": {"latent": 4, "width": 8, "multipliers": [1, 2]},
            "network": {"width": 8, "embedding": 16},
            "analysis": {"width": 8, "multipliers": [1, 2], "pairs": 8},
        },
        "training": {**QUICK, "autoencoder": QUICK, "analysis": QUICK, "features": QUICK},
        "sampling": {"steps": 3},
        "evaluate": {
            "members": 4,
            "cases": 4,
            "validation_cases": 4,
            "states": 144,
            "bootstrap": 20,
        },
    }
    return parse_config(
        {
            "data": {
                "prepared": str(folder),
                "train": period(["r1", "r2"]),
                "validation": {**period(["r1", "r2"]), "first": 2002, "last": 2007},
                "test": {**period(["truth"]), "first": 2002, "last": 2013},
            },
            "seaice": {**section, **own},
        }
    )


def write(config):
    """Write the store of the configuration: monthly states of its members and years."""
    group = Group(GROUP, {v.name: Layout(v, GRID) for v in ICE})
    samples = []
    for split in ("train", "validation", "test"):
        period = getattr(config.data, split)
        for member in period.members:
            for year in range(period.first, period.last + 1):
                for month in range(1, 13):
                    day = np.datetime64(f"{year}-{month:02d}-15", "D")
                    rng = np.random.default_rng([year, month, sum(map(ord, member))])
                    name = f"{member}/{day}"
                    samples.append(Sample(name, split, day, group, state(rng, month)))
    write_store(config.data.prepared / "seaice.nc", samples, "Sea ice")
