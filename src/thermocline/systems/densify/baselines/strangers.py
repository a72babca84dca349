"""What linear methods know of a region without one run: how a state of that run meets them.

The truth is of no training run. Whatever is fitted or learned on the errors of an analysis needs
errors of that kind: a training or validation state is analysed by what the other runs say.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.baselines.methods import SurfaceOI

FOLDER = "without"


@dataclass(frozen=True, eq=False)
class Strangers:
    """Regions without a run, read when they are first asked for.

    Attributes:
        folder: of the baselines stage.
    """

    folder: Path
    _known: dict[str, SurfaceOI] = field(default_factory=dict)

    def of(self, case: str) -> SurfaceOI:
        """The tuned method without the run of a state, by its name: `gulf_stream/r1/2003-05-14`.

        It knows that region alone.
        """
        region, run, _ = case.split("/")
        key = f"{region}-{run}"
        if key not in self._known:
            known = Linear.load(self.folder / FOLDER / f"{key}.safetensors")
            self._known[key] = SurfaceOI([known], START, **tuned(self.folder))
        return self._known[key]


START = "ridge_oi"
"""The classical method that the network starts from."""


def tuned(folder: Path) -> dict[str, Any]:
    """Settings of that method, chosen on validation states."""
    found = json.loads((folder / "tuned.json").read_text(encoding="utf-8"))[START]
    return {key: value for key, value in found.items() if key != "crps"}
