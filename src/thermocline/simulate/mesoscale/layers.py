"""Quasi-geostrophic flow of a few layers on a doubly periodic β-plane, and a tracer in each layer.

    ∂q/∂t + J(ψ, q) + U ∂q/∂x + Q_y ∂ψ/∂x = −δ ∇²ψ/τ_d          (δ: lowest layer only)
    q = ∇²ψ + S ψ,     Q_y = β − S U
    ∂s/∂t + J(ψ, s) + U ∂s/∂x + ∂ψ/∂x = −s/τ_s

S couples neighbouring layers by f²/(g′ H) (Vallis, 2017, ch. 5). s is a tracer whose mean falls or
rises steadily northward, in units of that gradient: a distance in metres. Derivatives are
spectral, time steps Adams–Bashforth's third order. An exponential filter takes out the shortest
waves (as pyqg does).
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

DAY = 86400.0
FILTER_FROM, FILTER = 0.65 * np.pi, 23.6  # wavenumber × cell from which waves are damped; how much
AB3 = np.array([23, -16, 5]) / 12


@dataclass(frozen=True)
class Layers:
    """A stratified mean flow.

    Attributes:
        thickness: H of the L layers, m, from the surface down.
        reduced_gravity: g′ of the L − 1 interfaces, m/s².
        mean: eastward mean flow U of the layers, m/s.
        f, beta: Coriolis parameter, 1/s, and its gradient, 1/(m s).
        drag: 1/τ_d, 1/s.
        memory: τ_s, s.
    """

    thickness: tuple[float, ...] = (250.0, 450.0, 800.0, 2500.0)
    reduced_gravity: tuple[float, ...] = (0.014, 0.012, 0.007)
    mean: tuple[float, ...] = (0.19, 0.135, 0.075, 0.0)
    f: float = 8e-5
    beta: float = 1.9e-11
    drag: float = 1 / (14 * DAY)
    memory: float = 150 * DAY

    @property
    def stretching(self) -> NDArray[np.float64]:
        """S [L, L], 1/m²."""
        size = len(self.thickness)
        made = np.zeros((size, size))
        for i, g in enumerate(self.reduced_gravity):
            for one, other in ((i, i + 1), (i + 1, i)):
                coupling = self.f**2 / (g * self.thickness[one])
                made[one, other] += coupling
                made[one, one] -= coupling
        return made

    @property
    def gradient(self) -> NDArray[np.float64]:
        """Q_y [L], 1/(m s)."""
        return self.beta - self.stretching @ np.array(self.mean)


class Flow:
    """The flow in motion, on n × n cells.

    Args:
        layers: the mean state.
        q: potential vorticity to begin with [L, n, n], 1/s; its type is that of all computation.
        cell: metres.
        step: seconds.
    """

    def __init__(self, layers: Layers, q: NDArray[np.floating], cell: float, step: float = 5400.0):
        self._shape, real = q.shape[-2:], q.dtype
        size = q.shape[-1]
        ky = 2 * np.pi * np.fft.fftfreq(size, cell)[:, None]
        kx = 2 * np.pi * np.fft.rfftfreq(size, cell)[None]
        square = kx**2 + ky**2
        coupled = layers.stretching - square[..., None, None] * np.eye(len(q))
        coupled[0, 0] = np.eye(len(q))
        inverse = np.linalg.inv(coupled)
        inverse[0, 0] = 0  # the mean over the plane does not move
        short = np.maximum(np.hypot(kx, ky) * cell - FILTER_FROM, 0)
        kind = np.result_type(real, np.complex64)
        # Columns of the inverse [L, L, n, 2·k]: real and imaginary parts are multiplied alike.
        columns = inverse.transpose(3, 2, 0, 1).astype(real)
        self._inverse = np.repeat(columns, 2, axis=-1)
        self._filter = np.repeat(np.exp(-FILTER * short**4).astype(real), 2, axis=-1)
        self._i_kx, self._i_ky = (1j * kx).astype(kind), (1j * ky).astype(kind)
        self._mean, self._gradient = (
            np.asarray(each)[:, None, None].astype(real) for each in (layers.mean, layers.gradient)
        )
        self._drag = np.repeat((layers.drag * square).astype(real), 2, axis=-1)
        self._step, self._forgetting = real.type(step), 1 / real.type(layers.memory)
        self._waves = np.stack([_waves(q), np.zeros((*q.shape[:-1], kx.size), kind)])  # q and s
        self._past: list[NDArray] = []

    def advance(self, steps: int) -> None:
        """So many steps; the first two ever are of lower order."""
        waves = _parts(self._waves)
        for _ in range(steps):
            self._past = [_parts(self._tendency()), *self._past[:2]]
            weights = AB3 if len(self._past) == 3 else np.ones(1)
            for weight, tendency in zip(weights, self._past, strict=False):
                waves += self._step * weight.astype(self._step.dtype) * tendency
            waves *= self._filter

    def streamfunction(self) -> NDArray[np.floating]:
        """ψ [L, n, n], m²/s."""
        return _back(self._psi(), self._shape)

    def tracer(self) -> NDArray[np.floating]:
        """s [L, n, n], m."""
        return _back(self._waves[1], self._shape)

    def _psi(self) -> NDArray[np.complexfloating]:
        psi, *others = map(np.multiply, self._inverse, _parts(self._waves[0]))
        for part in others:
            psi += part
        return psi.view(self._waves.dtype)

    def _tendency(self) -> NDArray[np.complexfloating]:
        psi = self._psi()
        known = np.empty((4, *psi.shape), psi.dtype)  # u, v, q and s
        np.multiply(-self._i_ky, psi, out=known[0])
        v = np.multiply(self._i_kx, psi, out=known[1])
        known[2:] = self._waves
        fields = _back(known, self._shape)
        fields[0] += self._mean
        east, along = _waves(fields[:2, None] * fields[None, 2:])
        made = -self._i_kx * east - self._i_ky * along
        of_q, of_s = _parts(made)
        forced = -self._gradient * _parts(v)
        forced[-1] += self._drag * _parts(psi[-1])
        of_q += forced
        of_s -= _parts(v) + self._forgetting * _parts(self._waves[1])
        return made


def _parts(waves: NDArray[np.complexfloating]) -> NDArray[np.floating]:
    """The same memory [..., n, 2·k]: real and imaginary parts in turn, which are treated alike."""
    return waves.view(waves.real.dtype)


def _waves(fields: NDArray) -> NDArray[np.complexfloating]:
    """Real transform over the last two axes, by torch: twice as fast here as scipy's."""
    return torch.fft.rfft2(torch.from_numpy(fields)).numpy()


def _back(waves: NDArray, shape: tuple[int, int]) -> NDArray[np.floating]:
    return torch.fft.irfft2(torch.from_numpy(waves), s=shape).numpy()


def energy(psi: NDArray, layers: Layers, cell: float) -> float:
    """Kinetic and available potential energy of ψ [L, n, n], per area and density, m³/s².

    E = Σ H |∇ψ|²/2 + Σ f² (ψ_i − ψ_{i+1})²/(2 g′)
    """
    thickness = np.array(layers.thickness)
    wave = 2 * np.pi * np.fft.fftfreq(psi.shape[-1], cell)
    spectrum = np.abs(np.fft.fft2(psi)) ** 2 / psi[0].size ** 2
    square = wave[:, None] ** 2 + wave**2
    kinetic = (thickness * (square * spectrum).sum(axis=(1, 2))).sum() / 2
    lifted = np.mean((psi[:-1] - psi[1:]) ** 2, axis=(1, 2)) / np.array(layers.reduced_gravity)
    return float(kinetic + layers.f**2 * lifted.sum() / 2)
