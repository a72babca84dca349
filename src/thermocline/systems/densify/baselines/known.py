"""Statistics of the classical methods: regions and ensembles, of all training states or without a
fold (see `leave_member_out`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.systems.densify.baselines.ensemble import library_fields
from thermocline.systems.densify.baselines.folds import in_fold
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.config.baselines import BaselinesConfig
from thermocline.systems.densify.data.waters import States, Waters


@dataclass(frozen=True, eq=False)
class Known:
    """Statistics of every region, and the states of its ensemble by the digest of its grid."""

    regions: Sequence[Linear]
    libraries: Mapping[str, StateLibrary]

    @classmethod
    def of(
        cls,
        store: Waters,
        training: Mapping[str, States],
        own: BaselinesConfig,
        fold: str | None = None,
    ) -> "Known":
        """Of training states by region, without those of a fold (all, if there are no others)."""
        regions, libraries = [], {}
        for name, states in training.items():
            others = np.ones(len(states.days), bool) if fold is None else ~in_fold(states, fold)
            known = states.chosen(others) if others.any() else states
            region = fitted(store, name, known, own.linear.explained)
            count = min(own.ensemble.states, len(known.days))
            few = known.chosen(np.linspace(0, len(known.days) - 1, count).round().astype(int))
            fields = library_fields(region, few, own.ensemble.thinning)
            months = np.ones(len(fields), int)
            libraries[region.digest] = StateLibrary(fields, months, store.grid(name))
            regions.append(region)
        return cls(regions, libraries)

    def ensembles(self, radius_km: float, inflation: float) -> dict[str, EnsembleOI]:
        """The ensemble OI of each region with these parameters."""
        return {
            digest: EnsembleOI(library, radius_km, inflation=inflation)
            for digest, library in self.libraries.items()
        }


def fitted(store: Waters, name: str, states: States, explained: float) -> Linear:
    """Statistics of a region from training states."""
    return Linear.of(states, store.ocean(name), store.grid(name).digest(), explained)
