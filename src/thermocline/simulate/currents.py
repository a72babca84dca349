"""Mean currents: wind-driven gyres with western boundary currents, and a circumpolar one.

Stommel's (1948) balance on the real coastlines, r∇²Ψ + β ∂Ψ/∂x = curl τ, with Ψ = 0 on every
coast but Antarctica, where Ψ is the circumpolar transport.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, diags

from thermocline.simulate.configuration import Ocean
from thermocline.simulate.geography import Geography
from thermocline.simulate.operators import beta, east_derivative, laplacian, solver, velocity

BOUNDARY_WIDTH = 300e3  # r/β, metres: the narrowest boundary current the grid can hold


def wind_stress(latitude: NDArray, shift: float) -> NDArray[np.float64]:
    """Zonal-mean eastward wind stress in N/m²; the westerlies shifted poleward by `shift`°."""
    nodes = np.array([-90, -75, -65, -50 - shift, -32, -16, 0, 16, 32, 46 + shift, 63, 75, 90])
    stress = np.array([0, -0.02, 0.0, 0.16, 0, -0.08, -0.03, -0.08, 0, 0.10, 0.0, -0.02, 0])
    smooth = np.linspace(-90, 90, 721)
    values = np.interp(smooth, nodes, stress)
    kernel = np.hanning(41)
    values = np.convolve(np.pad(values, 20, mode="edge"), kernel / kernel.sum(), mode="valid")
    return np.interp(latitude, smooth, values)


def gyres(ocean: Ocean, geography: Geography) -> NDArray[np.float64]:
    """Streamfunction Ψ [H, W] of the mean surface flow, m²/s: (u, v) = (−Ψ_y, Ψ_x)."""
    grid = geography.grid
    curl = -np.gradient(wind_stress(grid.latitude, ocean.wind_shift), np.radians(grid.latitude))
    friction = (beta(grid) * BOUNDARY_WIDTH * np.ones(grid.shape)).ravel()
    planetary = (beta(grid) * np.ones(grid.shape)).ravel()
    balance = csc_matrix(
        diags(friction) @ laplacian(grid) + diags(planetary) @ east_derivative(grid)
    )
    solve = solver(balance, geography.ocean[0])
    wind = solve(curl[:, None] * np.ones(grid.shape))
    u, v = velocity(wind, grid)
    fast = np.quantile(np.hypot(u, v)[geography.ocean[0]], 0.995)
    channel = solve(np.zeros(grid.shape), np.where(geography.antarctica, ocean.circumpolar, 0.0))
    return wind * (ocean.gyre_speed / fast) + channel


def decay(depth: NDArray) -> NDArray[np.float64]:
    """Share of the surface gyre at each depth [C]."""
    return np.asarray(0.12 + 0.88 * np.exp(-np.asarray(depth) / 400.0))
