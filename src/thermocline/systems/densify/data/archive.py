"""The training archive: runs of the simulator in every region, made from the configuration."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadConfig
from thermocline.simulate.mesoscale.configuration import MEMBERS, REGIONS
from thermocline.simulate.mesoscale.run import states
from thermocline.systems.densify.config import ArchiveConfig

WORKERS = 2


class Run(NamedTuple):
    """Weekly states of a member in a region.

    Attributes:
        region, member: their names.
        days: [N].
        fields: by variable, [N, C, H, W] at LEVELS or [N, H, W], land NaN.
    """

    region: str
    member: str
    days: NDArray[np.datetime64]
    fields: dict[str, NDArray[np.float32]]


def runs(
    archive: ArchiveConfig, oceans: Mapping[str, NDArray[np.bool_]], seed: int
) -> Iterator[Run]:
    """Every member in every region; `oceans` are their masks [H, W], by name.

    Raises:
        BadConfig: for a member or a region that the simulator does not have.
    """
    if not archive.weeks:
        return
    for kind, names, known in (
        ("members", archive.members, [member.name for member in MEMBERS]),
        ("regions", oceans, [region.name for region in REGIONS]),
    ):
        if unknown := sorted(set(names) - set(known)):
            raise BadConfig(
                f"no simulated {', '.join(unknown)}",
                where=f"{kind} of the archive",
                fix=f"there are {', '.join(known)}; or set `archive.weeks` to 0",
            )
    jobs = list(product(archive.members, oceans))
    workers = min(WORKERS, os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(_run, archive, *job, oceans[job[1]], seed) for job in jobs]
        try:
            while waiting:
                yield waiting.pop(0).result()
        finally:  # also where the caller stopped: what was not begun is not made
            for each in waiting:
                each.cancel()


def _run(
    archive: ArchiveConfig, member: str, region: str, ocean: NDArray[np.bool_], seed: int
) -> Run:
    import torch

    torch.set_num_threads(1)
    where = next(each for each in REGIONS if each.name == region)
    who = next(each for each in MEMBERS if each.name == member)
    first = np.datetime64(archive.first, "D")
    made = list(states(where, who, first, archive.weeks, ocean, seed))
    stack = lambda name: np.stack([getattr(state, name) for state in made])
    seen = {name: np.stack([s.products[name] for s in made]) for name in made[0].products}
    days = np.array([state.day for state in made])
    return Run(region, member, days, {"thetao": stack("thetao"), "so": stack("so"), **seen})
