"""Finite differences on the sphere, as sparse matrices over the cells of a grid.

The Laplacian is in flux form, ∇²ψ|ᵢ = (1/Aᵢ) Σ_faces ℓ_face (ψⱼ − ψᵢ)/d_face, so that it conserves
the integral of ψ; matrices are inverted by a sparse LU decomposition made once.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csc_matrix, diags, eye
from scipy.sparse.linalg import splu

from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import EARTH_RADIUS

OMEGA = 7.2921e-5
"""Rotation of the Earth, in radians per second."""


def coriolis(grid: LatLonGrid) -> NDArray[np.float64]:
    """f = 2Ω sin φ as a column [H, 1], in 1/s."""
    return (2 * OMEGA * np.sin(np.radians(grid.latitude)))[:, None]


def beta(grid: LatLonGrid) -> NDArray[np.float64]:
    """β = df/dy as a column [H, 1], in 1/(m s)."""
    return (2 * OMEGA / EARTH_RADIUS * np.cos(np.radians(grid.latitude)))[:, None]


def spacing(grid: LatLonGrid) -> tuple[NDArray[np.float64], float]:
    """Cell sizes in metres: east–west as a column [H, 1], and north–south."""
    step = float(np.radians(grid.longitude[1] - grid.longitude[0]))
    dx = EARTH_RADIUS * np.cos(np.radians(grid.latitude))[:, None] * step
    return dx, EARTH_RADIUS * float(np.radians(grid.latitude[1] - grid.latitude[0]))


def laplacian(grid: LatLonGrid) -> csc_matrix:
    """∇² on the whole sphere as a matrix [HW, HW], in 1/m²; no flux at the poles."""
    rows, columns = grid.shape
    index = np.arange(rows * columns).reshape(rows, columns)
    dx, dy = spacing(grid)
    area = np.broadcast_to(dx * dy, grid.shape)
    edge = np.radians((grid.latitude[1:] + grid.latitude[:-1]) / 2)
    face_y = EARTH_RADIUS * np.cos(edge) * (dx[0, 0] / np.cos(np.radians(grid.latitude[0])))
    face_y = face_y[:, None] / EARTH_RADIUS / dy * np.ones((1, columns))
    face_x = np.broadcast_to(dy / dx, grid.shape)
    pairs = [
        (index, np.roll(index, -1, axis=1), face_x),
        (index[:-1], index[1:], face_y),
    ]
    here = np.concatenate([a.ravel() for a, _, _ in pairs])
    there = np.concatenate([b.ravel() for _, b, _ in pairs])
    flux = np.concatenate([c.ravel() for _, _, c in pairs])
    n = rows * columns
    links = coo_matrix((flux, (here, there)), shape=(n, n))
    links = links + links.T
    total = np.asarray(links.sum(axis=1)).ravel()
    return csc_matrix(diags(1 / area.ravel()) @ (links - diags(total)))


def east_derivative(grid: LatLonGrid) -> csc_matrix:
    """∂/∂x by centred differences as a matrix [HW, HW], in 1/m."""
    rows, columns = grid.shape
    index = np.arange(rows * columns).reshape(rows, columns)
    dx, _ = spacing(grid)
    weight = np.broadcast_to(0.5 / dx, grid.shape).ravel()
    n = rows * columns
    here = index.ravel()
    ahead, behind = np.roll(index, -1, axis=1).ravel(), np.roll(index, 1, axis=1).ravel()
    return csc_matrix(
        coo_matrix((weight, (here, ahead)), (n, n)) - coo_matrix((weight, (here, behind)), (n, n))
    )


class Solve(Protocol):
    """(rhs [H, W], value on land) ↦ solution [H, W]."""

    def __call__(self, rhs: NDArray, shore: NDArray | float = 0.0) -> NDArray[np.float64]: ...


def solver(matrix: csc_matrix, ocean: NDArray[np.bool_]) -> Solve:
    """A function (rhs [H, W], shore) ↦ ψ [H, W] with `matrix` ψ = rhs at sea, ψ = shore on land."""
    sea = ocean.ravel().astype(float)
    identity = eye(sea.size, format="csc")
    system = splu(csc_matrix(diags(sea) @ matrix + diags(1 - sea) @ identity))

    def solve(rhs: NDArray, shore: NDArray | float = 0.0) -> NDArray[np.float64]:
        return system.solve(np.where(ocean, rhs, shore).ravel()).reshape(ocean.shape)

    return solve


def velocity(psi: NDArray, grid: LatLonGrid) -> tuple[NDArray, NDArray]:
    """(u, v) = (−∂ψ/∂y, ∂ψ/∂x) [..., H, W] in m/s of a streamfunction ψ in m²/s."""
    dx, dy = spacing(grid)
    u = -np.gradient(psi, dy, axis=-2)
    v = (np.roll(psi, -1, axis=-1) - np.roll(psi, 1, axis=-1)) / (2 * dx)
    return u, v
