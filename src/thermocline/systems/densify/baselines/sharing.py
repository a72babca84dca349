"""A cache of the classical method that is both the first guess and a scored method."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from thermocline.baselines.common.remembered import Remembered
from thermocline.ocean.problem import Analysis, Problem
from thermocline.systems.densify.baselines.methods import SurfaceOI

SETTINGS = "kind", "ridge", "radius", "inflation", "kernel", "columns"


@dataclass(frozen=True, eq=False)
class RememberedOI(SurfaceOI):
    """A method with a cache of its last answers."""

    @classmethod
    def of(cls, method: SurfaceOI) -> "RememberedOI":
        """The same method with a cache."""
        return cls(**{each.name: getattr(method, each.name) for each in fields(method)})

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """See `SurfaceOI.analyse`; answers without draws are not cached."""
        return (self._answers if members else super().analyse)(problem, members, seed)

    def same(self, other: object) -> bool:
        """Whether another method has the same settings and statistics."""
        if not isinstance(other, SurfaceOI) or len(self.regions) != len(other.regions):
            return False
        return all(getattr(self, name) == getattr(other, name) for name in SETTINGS) and all(
            np.array_equal(one.joint.values, two.joint.values)
            and np.array_equal(one.climate.coefficients, two.climate.coefficients)
            for one, two in zip(self.regions, other.regions, strict=True)
        )

    @cached_property
    def _answers(self) -> Remembered[Analysis]:
        return Remembered(super().analyse)
