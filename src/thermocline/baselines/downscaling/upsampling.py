"""Bicubic and Lanczos-3 interpolation of block means, land-aware: planes stay planes.

A block's mean is put at its centre, and cells are interpolated along columns, then along rows.
The weights of a cell are those of the kernel (Keys, 1981, IEEE ASSP, with a = −½; Duchon, 1979,
J. Appl. Meteorol.), changed as little as makes them reproduce straight lines:

    w ← w + Cᵀ (C Cᵀ)⁻¹ (d − C w),   C = rows of 1 and of the taps' positions, d = (1, x).

For Keys' kernel that changes nothing; Lanczos weights do not even sum to 1 without it. Beyond
the edges, fields go on linearly. So they do on land, in every direction at once (`fill_land`).
"""

import time
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import SuperLU, splu

from thermocline.errors import BadConfig, BadData
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.problem import Analysis

Kernel = Callable[[NDArray], NDArray]

TENSION = 1e-9
"""Makes the filling unique where too few blocks are known to tell a slope: then it is flat."""

TURN = 8
"""Blocks beyond the seam of a circle that are looked at."""


def keys(x: NDArray) -> NDArray[np.float64]:
    """Keys' cubic convolution kernel with a = −½, of distance in blocks; 0 from 2 on."""
    r = np.abs(x)
    near, far = (1.5 * r - 2.5) * r * r + 1, ((-0.5 * r + 2.5) * r - 4) * r + 2
    return np.where(r < 1, near, np.where(r < 2, far, 0.0))


def lanczos3(x: NDArray) -> NDArray[np.float64]:
    """sinc(x) sinc(x/3) of distance in blocks; 0 from 3 on."""
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


KERNELS: dict[str, tuple[Kernel, int]] = {"bicubic": (keys, 2), "lanczos": (lanczos3, 3)}
"""Kernels by name, with their reach in blocks."""


class Upsampling:
    """An interpolation as a `Downscaler`: a point estimate, without a spread.

    Args:
        kind: a name of `KERNELS`.
    """

    def __init__(self, kind: str = "bicubic"):
        _kernel(kind)
        self.name = kind

    def analyse(self, problem: LowResolution, members: int = 0, seed: int = 0) -> Analysis:
        """Mean [1, H, W] in °C, 0 on land; neither standard deviation nor members."""
        start = time.perf_counter()
        cells = upsample(problem.value, problem.factor, self.name, problem.grid.periodic)
        cells = np.where(problem.ocean, cells, 0)
        return Analysis(cells.astype(np.float32)[None], seconds=time.perf_counter() - start)


def upsample(
    value: NDArray, factor: int, kind: str = "bicubic", periodic: bool = False
) -> NDArray[np.float64]:
    """Block means [..., h, w], NaN on land, as cells [..., factor·h, factor·w], land filled.

    Args:
        periodic: whether the columns close the circle.

    Raises:
        BadData: if no block of a field is known.
        BadConfig: for an unknown kind.
    """
    wide, turn = wrapped(value, periodic)
    filled = fill_land(wide)
    rows, columns = (upsampling_matrix(size, factor, kind) for size in filled.shape[-2:])
    turn *= factor
    return rows @ filled @ columns[turn : len(columns) - turn].T


def wrapped(value: NDArray, periodic: bool) -> tuple[NDArray, int]:
    """A field [..., h, w] and, if periodic, `TURN` columns of its other end on both sides.

    With it, how many columns were added on each side. Land that spans the seam may be filled
    slightly differently on its two sides, beyond what is seen from the sea.
    """
    if not periodic:
        return value, 0
    return np.pad(value, [(0, 0)] * (value.ndim - 1) + [(TURN, TURN)], mode="wrap"), TURN


@lru_cache(maxsize=64)
def upsampling_matrix(size: int, factor: int, kind: str = "bicubic") -> NDArray[np.float64]:
    """U [factor·size, size], with which a row of blocks becomes a row of cells: U @ blocks.

    It is shared between callers and cannot be written to.
    """
    kernel, reach = _kernel(kind)
    position = (np.arange(factor * size) + 0.5) / factor - 0.5  # of cells, in blocks
    taps = np.floor(position)[:, None] + np.arange(1 - reach, reach + 1)
    weight = _straightened(kernel(position[:, None] - taps), taps - position[:, None])
    padded = np.zeros((factor * size, size + 2 * reach))
    np.put_along_axis(padded, taps.astype(int) + reach, weight, axis=1)
    matrix = padded @ continued(size, reach)
    matrix.setflags(write=False)
    return matrix


MANY = 1024
"""Blocks of a field from which on few factors are kept: those of 64 × 64 blocks take 10 MB."""


def fill_land(value: NDArray) -> NDArray[np.float64]:
    """Fields [..., h, w] with what is NaN filled in so that they bend least.

    What is filled minimises the sum of f_xx² + 2 f_xy² + f_yy² (a thin plate through what is
    known): a plane is filled to a plane, a constant to the constant.

    Raises:
        BadData: if nothing of a field is known.
    """
    filled = np.array(value, np.float64)
    for field in filled.reshape(-1, *filled.shape[-2:]):
        known = np.isfinite(field)
        if known.all():
            continue
        if not known.any():
            raise BadData("no block has a value", where="upsampling", fix="leave land fields out")
        plate = _plate if known.size <= MANY else _large_plate
        coupling, solver = plate(known.tobytes(), known.shape)
        level = field[known].mean()  # less is lost to rounding
        field[~known] = level + solver.solve(coupling @ (field[known] - level))
    return filled


def _factors(mask: bytes, shape: tuple[int, int]) -> tuple[sp.csr_matrix, SuperLU]:
    """−A_uk and the factors of A_uu, of the bending energy fᵀ A f of known and unknown blocks."""
    known = np.frombuffer(mask, bool)
    (h, w), bends = shape, []
    for rows, columns, weight in ((2, 0, 1.0), (0, 2, 1.0), (1, 1, 2.0), (1, 0, 0), (0, 1, 0)):
        if rows < h and columns < w:
            across = sp.kron(_difference(h, rows), _difference(w, columns))
            bends.append((weight or TENSION) * (across.T @ across))
    energy = sp.csr_matrix(sum(bends))
    unknown = energy[~known]
    return -unknown[:, known], splu(unknown[:, ~known].tocsc())


_plate, _large_plate = lru_cache(maxsize=64)(_factors), lru_cache(maxsize=2)(_factors)


def _difference(size: int, order: int) -> sp.csr_matrix:
    """Differences [size − order, size] of an order from 0 to 2."""
    steps = {0: (1.0,), 1: (-1.0, 1.0), 2: (1.0, -2.0, 1.0)}[order]
    return sp.diags_array(steps, offsets=range(order + 1), shape=(size - order, size))


def _straightened(weight: NDArray, at: NDArray) -> NDArray[np.float64]:
    """Weights [n, taps] changed least for Σ w = 1 and Σ w·at = 0; `at` is relative to the cell."""
    lines = np.stack([np.ones_like(at), at], axis=1)  # C [n, 2, taps], so that d = (1, 0)
    lacking = np.array([1.0, 0.0]) - np.einsum("nct,nt->nc", lines, weight)
    gram = lines @ lines.transpose(0, 2, 1)
    return weight + np.einsum(
        "nct,nc->nt", lines, np.linalg.solve(gram, lacking[..., None])[..., 0]
    )


def continued(size: int, reach: int) -> NDArray[np.float64]:
    """[size + 2·reach, size]: makes a row of blocks go on linearly by `reach` on both sides."""
    if size == 1:
        return np.ones((1 + 2 * reach, 1))
    position = np.arange(-reach, size + reach)
    left = np.clip(position, 0, size - 2)
    matrix = np.zeros((position.size, size))
    every = np.arange(position.size)
    matrix[every, left], matrix[every, left + 1] = 1 - (position - left), position - left
    return matrix


def _kernel(kind: str) -> tuple[Kernel, int]:
    if kind not in KERNELS:
        raise BadConfig(f"no interpolation {kind!r}", fix=f"one of {', '.join(KERNELS)}")
    return KERNELS[kind]
