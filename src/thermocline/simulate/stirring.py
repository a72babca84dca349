"""Where surface water came from: eddies of surface quasi-geostrophic turbulence in a small box.

    ∂b/∂t + u·∇b = F − r b,   ψ̂ = b̂/|k|,   u = (−∂ψ/∂y, ∂ψ/∂x)            (Held et al., 1995)
    ∂ξ/∂t + u·∇ξ = −u − ξ/τ

b, the surface buoyancy over N (m/s), is forced at the eddies' scale by noise that lasts some days
and braked at larger ones; its mean square is that of the flow. ξ is the way back to where the
water took its temperature, forgotten at the rate 1/τ at which the air renews it. Stirring folds ξ
into fronts and filaments. The box is doubly periodic. b and ξ are carried along trajectories
(semi-Lagrangian, with cubic splines), so that a step can be hours long, and diffused by ∇⁴: ξ a
little, b more, lest trajectories cross within a step.
Near coasts ψ is tapered: nothing flows through them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, rfft2
from scipy.ndimage import distance_transform_edt, map_coordinates

DAY = 86400.0
STEP = 0.02  # of the time in which water crosses an eddy
COAST = 60e3  # m from the shore over which the flow fades
RENEWAL = 12 * DAY  # in which noise would make the eddies anew
FORCED = 4 * DAY  # memory of that noise
BAND = 1.4  # forced wavelengths lie within this factor of the eddies'
DIFFUSED = 0.1, 1.5  # ξ, b: exponent by which ∇⁴ damps the shortest wave in a step


@dataclass(frozen=True)
class Stirring:
    """What tells one box of eddies from another.

    Attributes:
        speed: root-mean-square velocity, m/s.
        wavelength: of the forced eddies, m.
        memory: τ, s.
        brake: time in which waves of twice that length lose 1/e, s.
    """

    speed: float
    wavelength: float
    memory: float = 12 * DAY
    brake: float = 5 * DAY

    @property
    def turnover(self) -> float:
        """Time in which water crosses an eddy, s."""
        return self.wavelength / self.speed


class Eddies:
    """Eddies in motion; `origin` [2, H, W] is ξ in metres, northward and eastward.

    Args:
        stirring: their numbers.
        wet: where there is sea [H, W], periodic.
        spacing: a cell's size in metres, north–south and east–west.
        random: where randomness comes from.
    """

    def __init__(
        self,
        stirring: Stirring,
        wet: NDArray[np.bool_],
        spacing: tuple[float, float],
        random: np.random.Generator,
    ):
        self._random, self._speed = random, stirring.speed
        self._step = STEP * stirring.turnover
        self._shape, self._spacing = wet.shape, np.array(spacing)[:, None, None]
        (rows, columns), (dy, dx) = wet.shape, spacing
        self._ky = 2 * np.pi * np.fft.fftfreq(rows, dy)[:, None]
        self._kx = 2 * np.pi * np.fft.rfftfreq(columns, dx)[None, :]
        k = np.hypot(self._ky, self._kx)
        self._inverse_k = np.divide(1, k, out=np.zeros_like(k), where=k > 0)
        forced = 2 * np.pi / stirring.wavelength
        self._band = (k > forced / BAND) & (k < forced * BAND)
        shorter = (k / (np.pi / max(spacing))) ** 4
        self._diffuse = np.exp(-DIFFUSED[0] * shorter)
        longer = self._step / stirring.brake * np.minimum(forced / 2 * self._inverse_k, 2) ** 4
        self._keep = np.exp(-DIFFUSED[1] * shorter - longer) * (k > 0)
        self._remember = np.exp(-self._step / stirring.memory)
        self._spline = _cubic(rows)[:, None] * _cubic(columns)[None, : columns // 2 + 1]
        self._taper = _taper(wet, spacing)
        self._cells = np.indices(wet.shape).astype(np.float64)
        self._noise = self._fresh()
        self._b = rfft2(self._speed * self._noise)
        self._before = self.velocity()
        self.origin = np.zeros((2, *wet.shape))

    def advance(self, turnovers: float) -> NDArray[np.float64]:
        """`origin` so many times later as water takes to cross an eddy (in whole steps)."""
        for _ in range(round(turnovers / STEP)):
            self._move()
        return self.origin

    def velocity(self) -> NDArray[np.float64]:
        """Northward and eastward velocity [2, H, W], m/s."""
        psi = rfft2(self._taper * irfft2(self._b * self._inverse_k, self._shape))
        return np.stack([self._back(1j * self._kx * psi), self._back(-1j * self._ky * psi)])

    def _move(self) -> None:
        now = self.velocity()
        ahead = (1.5 * now - 0.5 * self._before) * (self._step / self._spacing)  # cells in a step
        middle = self._cells - ahead / 2
        path = np.stack([_at(part, middle, order=1) for part in ahead])
        waves = [self._b, *(self._diffuse * rfft2(self.origin))]
        b, *origin = (_at(self._back(w / self._spline), self._cells - path, order=3) for w in waves)
        self.origin = self._remember * (np.stack(origin) - path * self._spacing)
        self._before, self._b = now, self._forced(rfft2(b))

    def _forced(self, b: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """b braked and forced; what is lost is made good, so that the speed stays as it is."""
        keep = np.exp(-self._step / FORCED)
        self._noise = keep * self._noise + np.sqrt(1 - keep**2) * self._fresh()
        b = self._keep * b + rfft2(self._speed * self._step / RENEWAL * self._noise)
        return b * (self._speed / np.sqrt(np.mean(self._back(b) ** 2)))

    def _fresh(self) -> NDArray[np.float64]:
        """Noise of the eddies' scale [H, W], of unit mean square."""
        noise = self._back(self._band * rfft2(self._random.standard_normal(self._shape)))
        return noise / np.sqrt(np.mean(noise**2))

    def _back(self, waves: NDArray[np.complex128]) -> NDArray[np.float64]:
        return np.asarray(irfft2(waves, self._shape))


def _at(field: NDArray, place: NDArray, order: int) -> NDArray[np.float64]:
    """A periodic field, or its spline's coefficients, at places [2, H, W] counted in cells."""
    return map_coordinates(field, place, order=order, mode="grid-wrap", prefilter=False)


def _cubic(size: int) -> NDArray[np.float64]:
    """Transform [size] of the cubic B-spline at whole cells, (1, 4, 1)/6."""
    return (2 + np.cos(2 * np.pi * np.fft.fftfreq(size))) / 3


def _taper(wet: NDArray[np.bool_], spacing: tuple[float, float]) -> NDArray[np.float64]:
    """0 on land to 1 in the open sea [H, W]; coasts count across the sides of the periodic box."""
    if wet.all():
        return np.ones(wet.shape)
    rows, columns = wet.shape
    offshore = distance_transform_edt(np.tile(wet, (3, 3)), sampling=spacing)
    middle = offshore[rows : 2 * rows, columns : 2 * columns]
    return np.asarray(-np.expm1(-((middle / COAST) ** 2)))
