"""A stand-in for a trained model: the tuned regression with OI, on the small world.

And trees of settings.
"""

import json
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import ClassVar

import numpy as np

from densify_world import DEPTH, GRID, config, samples
from thermocline.ocean.convection import convect
from thermocline.ocean.problem import Channel
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.writer import write_store
from thermocline.systems.densify.baselines.stored import classical_methods
from thermocline.systems.densify.baselines.tune import tune_baselines
from thermocline.systems.densify.model.calibrate import calibrate
from thermocline.systems.densify.model.reliance import Reliance
from thermocline.systems.densify.model.training import DenoiserTraining
from thermocline.systems.paths import StagePaths

OWN = {
    "baselines": {
        "linear": {"ridge": (1e-2,), "radius_km": (240.0,), "inflation": (1.0,)},
        "ensemble": {"states": 60, "radius_km": (240.0,), "inflation": (1.0,), "thinning": 2},
        "profiles": {"length_km": (40.0,), "power": (2.0,)},
        "cases": 1,
    },
    "evaluate": {"densities": (0.0, 0.05), "cases": 1, "members": 6, "bootstrap": 50},
}


def made(folder):
    """The configuration, and every classical method of the small world by name."""
    settings = config(folder, **OWN)
    write_store(folder / "densify.nc", samples(), "test")
    tune_baselines(settings, folder / "baselines")
    return settings, {each.name: each for each in classical_methods(folder / "baselines")}


@dataclass(frozen=True)
class StandIn:
    """What endpoints know of a model, answered by a method."""

    settings: SimpleNamespace
    method: object
    name: str = "thermocline"

    @classmethod
    def of(cls, settings, methods):
        own = SimpleNamespace(
            data=settings.densify.data,
            model=SimpleNamespace(start="ridge_oi"),
            sampling=SimpleNamespace(members=4, start="draws"),
        )
        return cls(own, methods["ridge_oi"])

    @property
    def regions(self):
        return {"box": self.method.regions[0]}

    contract = SimpleNamespace(system="densify", years=(2003, 2004))
    grids: ClassVar = {"box": GRID}
    depth = DEPTH
    channels = tuple(Channel(VARIABLES[name], float(z)) for name in ("thetao", "so") for z in DEPTH)

    def analyse(self, problem, members, seed):
        """Statically stable, as the model's."""
        found = self.method.analyse(problem, members, seed)
        fields = np.concatenate([found.mean[None], found.members])
        t, s = convect(fields[:, :4], fields[:, 4:], DEPTH, *GRID.centres())
        stable = np.concatenate([t, s], axis=1)
        return replace(found, mean=stable[0], members=stable[1:])

    def judge(self, problem):
        """No network, so nothing to doubt."""
        return Reliance.full(len(self.channels))

    def relying(self, problem, members, seed, reliance):
        """As `analyse`."""
        return self.analyse(problem, members, seed)


def nested(dotted):
    """Settings as a tree, of dotted names."""
    tree = {}
    for name, value in dotted.items():
        for key in reversed(name.split(".")):
            value = {key: value}
        tree = changed(tree, value)
    return tree


def changed(tree, other):
    """A tree of settings with those of another one."""
    deeper = {k: changed(tree[k], v) for k, v in other.items() if isinstance(v, dict) and k in tree}
    return tree | other | deeper


def to_the_model(settings):
    """Every stage behind the prepared store, up to the calibrated model, in the folder at hand."""
    paths = StagePaths("densify", settings)
    tune_baselines(settings, paths.baselines)
    training = DenoiserTraining(settings)
    training.run(paths.checkpoints / training.key, lambda step, metrics: None)
    paths.training.mkdir(parents=True)
    training.save(paths.training)
    about = {"data_digest": training.data_digest}
    (paths.training / "training.json").write_text(json.dumps(about))
    calibrate(settings, lambda items, label: items)[0].save(paths.model)
