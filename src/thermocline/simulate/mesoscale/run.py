"""Weekly states of a member in a region."""

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadConfig
from thermocline.simulate.mesoscale.columns import Columns, sea_surface
from thermocline.simulate.mesoscale.configuration import CELL, CELLS, Member, Region
from thermocline.simulate.mesoscale.layers import DAY, Flow, Layers
from thermocline.simulate.mesoscale.products import PRODUCTS

SPIN_UP = 40  # weeks until eddies have grown
STEP = 5400.0  # s
WEEK = 7
START = (12e3, 7e3, 3.5e3, 1e3), 80e3  # ψ of the layers to begin with, m²/s, and its length, m


@dataclass(frozen=True, eq=False)
class State:
    """A week of a region; land NaN.

    Attributes:
        day: its date.
        thetao, so: [C, H, W], °C and 1e-3.
        zos: height of the sea [H, W], m.
        products: what satellites make of the surface, by variable: [H, W].
    """

    day: np.datetime64
    thetao: NDArray[np.float32]
    so: NDArray[np.float32]
    zos: NDArray[np.float32]
    products: dict[str, NDArray[np.float32]]


def states(
    region: Region,
    member: Member,
    first: np.datetime64,
    weeks: int,
    ocean: NDArray[np.bool_],
    seed: int = 0,
    spin_up: int = SPIN_UP,
) -> Iterator[State]:
    """So many weekly states from `first` on; `ocean` is where there is sea [H, W].

    What they are depends on names and seeds alone.

    Raises:
        BadConfig: where the flow becomes so fast that its steps no longer follow it.
    """
    random = np.random.default_rng([seed, member.seed, crc32(region.name.encode())])
    flow = Flow(member.layers, beginning(member.layers, random), CELL, STEP)
    columns = Columns(region, member, random)
    flow.advance(round(spin_up * WEEK * DAY / STEP))
    for week in range(weeks):
        day = first.astype("datetime64[D]") + WEEK * week
        psi = flow.streamfunction().astype(np.float64)
        if not np.isfinite(psi).all():
            raise BadConfig(
                f"the flow of {member.name} is too fast for steps of {STEP:g} s (week {week})",
                where=f"simulated {region.name}",
                fix="give its layers a weaker mean flow",
            )
        water = columns(day, psi, flow.tracer().astype(np.float64))
        height = sea_surface(psi, member, region)
        surface = {"tos": water[0, 0], "sos": water[1, 0], "zos": height}
        made = {name: PRODUCTS[name].of(each, ocean, random) for name, each in surface.items()}
        thetao, so, zos = (
            np.where(ocean, each, np.nan).astype(np.float32) for each in (*water, height)
        )
        yield State(day, thetao, so, zos, made)
        flow.advance(round(WEEK * DAY / STEP))


def beginning(layers: Layers, random: np.random.Generator) -> NDArray[np.float32]:
    """Potential vorticity [L, n, n] of smooth random eddies."""
    amplitude, length = START
    wave = 2 * np.pi * np.fft.fftfreq(CELLS, CELL)
    square = wave[:, None] ** 2 + wave**2
    smooth = np.fft.fft2(random.standard_normal((CELLS, CELLS))) * np.exp(-square * length**2 / 2)
    smooth[0, 0] = 0
    smooth /= np.fft.ifft2(smooth).real.std()
    psi = np.array(amplitude)[:, None, None] * smooth
    q = np.tensordot(layers.stretching, psi, 1) - square * psi
    return np.fft.ifft2(q).real.astype(np.float32)
