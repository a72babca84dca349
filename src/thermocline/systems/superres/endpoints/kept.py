"""A finer field whose bands are stored in files: computed or resumed, and read when used."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from thermocline.answers.parts import Parts
from thermocline.files import sha256_arrays
from thermocline.observe.tiles import Tiling
from thermocline.ocean.downscaling import LowResolution
from thermocline.systems.superres.endpoints.tiled import OVERLAP, SIZE, Finer, band_tops, bands
from thermocline.systems.superres.model.method import Superresolver


def finer_in_files(
    model: Superresolver,
    problem: LowResolution,
    members: int,
    seed: int,
    folder: Path,
    *,
    keep: bool = False,
    size: int = SIZE,
    overlap: int = OVERLAP,
) -> Finer:
    """What `tiled.finer` gives, as dask arrays whose values are read from files when they are used.

    Args:
        folder: for this question to this model alone. Bands that lie there, of the same problem and
            made alike, are not made again; it must not be removed before the fields were used.
    """
    tops = band_tops(Tiling(problem, size, overlap))
    kept = Parts(folder, _key(problem, members, seed, keep, size, overlap))
    options: dict[str, Any] = {"keep": keep, "size": size, "overlap": overlap, "kept": kept}
    evaluations = 0
    for band in bands(model, problem, members, seed, **options):
        evaluations = band[-1]
    columns = problem.ocean.shape[1]
    field = lambda name, layer=None: _field(kept, name, layer, tops, columns)
    return Finer(
        mean=field("mean"),
        std=field("std") if members > 1 else None,
        u=field("u"),
        members=_stack([field("members", member) for member in range(members)]) if keep else None,
        evaluations=evaluations,
    )


def _key(problem: LowResolution, *settings: Any) -> str:
    """Digest of what is asked, and of what decides how numbers are rounded on this machine."""
    axes = problem.grid.latitude, problem.grid.longitude
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    made = f"{problem.factor} {settings} {device} {torch.get_num_threads()}"
    return f"{sha256_arrays(problem.value, problem.s_y, problem.ocean, *axes)} {made}"


def _field(kept: Parts, name: str, layer: int | None, tops: list[int], columns: int) -> Any:
    """An array [H, W] of a chunk a band."""
    import dask
    import dask.array as da

    read = dask.delayed(kept.read, pure=False)
    chunks = [
        da.from_delayed(read(number, name, layer), (end - top, columns), np.float32)
        for number, (top, end) in enumerate(pairwise(tops))
    ]
    return da.concatenate(chunks)


def _stack(fields: list[Any]) -> Any:
    import dask.array as da

    return da.stack(fields)
