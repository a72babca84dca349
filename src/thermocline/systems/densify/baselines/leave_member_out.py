"""The classical methods fitted without one fold, for the states of that fold.

The truth is of no training run. Everything that is fitted to errors of an analysis needs errors of
that kind: a training or validation state is analysed by a method fitted to the other runs, or, if
there is one run only, to other years (`folds`).
"""

import json
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file

from thermocline.files import sha256_arrays
from thermocline.systems.densify.baselines.folds import fold_of
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.baselines.methods import SurfaceOI

FOLDER, FOLDS = "without", "without/folds.json"


@dataclass(frozen=True, eq=False)
class LeaveMemberOut:
    """Methods fitted without a fold, read from files at the first use.

    Attributes:
        folder: of the baselines stage.
        start: the first guess, `model.start`.
    """

    folder: Path
    start: str = "analysis"
    _known: dict[str, SurfaceOI] = field(default_factory=dict)

    def of(self, case: str) -> SurfaceOI:
        """The tuned method without the fold of a state, by its name: `gulf_stream/r1/2003-05-14`.

        It is of that region only; fitted to all runs, if the state is of none of them.
        """
        region, *_ = case.split("/")
        fold = fold_of(case, self._folds)
        name = f"{FOLDER}/{region}-{fold}" if fold in self._folds else region
        if name not in self._known:
            known = Linear.load(self.folder / f"{name}.safetensors")
            own = tuned(self.folder, self.start)
            self._known[name] = SurfaceOI([known], STARTS[self.start], **own)
        return self._known[name]

    @cached_property
    def digest(self) -> str:
        """Digest of the statistics with and without each fold, and of the method's settings."""
        files = [*self.folder.glob("*.safetensors"), *self.folder.glob(f"{FOLDER}/*.safetensors")]
        known = sorted(path for path in files if not path.stem.endswith("_ensemble"))
        digest = sha256(f"{tuned(self.folder, self.start)} {self._folds}".encode())
        for path in known:  # by content: the same arrays are not always the same bytes
            arrays = load_file(path)
            content = sha256_arrays(*(arrays[name] for name in sorted(arrays)))
            digest.update(f"{path.relative_to(self.folder)} {content}".encode())
        return digest.hexdigest()

    @cached_property
    def _folds(self) -> tuple[str, ...]:
        return tuple(json.loads((self.folder / FOLDS).read_text(encoding="utf-8")))


STARTS = {"analysis": "ridge_oi", "profiles": "oi", "climatology": "ridge_oi"}
"""Classical methods by `model.start`; of the last only the statistics of regions are used."""


def tuned(folder: Path, start: str = "analysis") -> dict[str, Any]:
    """Settings of a start's method, chosen on validation states."""
    found = json.loads((folder / "tuned.json").read_text(encoding="utf-8"))[STARTS[start]]
    return {key: value for key, value in found.items() if key != "crps"}
