"""Second-order integration of the probability-flow equation, with churn.

With z = x/α and r = σ/α the flow is the same for every schedule:

    dz/dr = (z − D)/r

    churn:   r̂ = r·(1 + γ),  ẑ = z + √(r̂² − r²)·S_noise·ε,   γ = min(S_churn/N, √2 − 1)
    Euler:   z' = ẑ + (r' − r̂)·d,    d = (ẑ − D(ẑ; r̂))/r̂
    Heun:    z' = ẑ + (r' − r̂)·(d + d')/2,   d' = (z' − D(z'; r'))/r',   where r' > 0

Source: Karras et al. (2022), algorithm 2. Heun costs 2N − 1 evaluations of D.
"""

from math import inf, sqrt

from torch import Tensor

from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.walk import Walk, evaluate


def second_order(
    denoiser: Denoiser,
    x: Tensor,
    walk: Walk,
    correct: bool = True,
    churn: float = 0.0,
    churn_min: float = 0.0,
    churn_max: float = inf,
    churn_noise: float = 1.0,
) -> Tensor:
    """Heun's method, or Euler's without `correct`, from the state `x` at the walk's first time.

    Args:
        churn: S_churn; 0 is deterministic.
        churn_min, churn_max: the noise ratios σ/α between which churn is applied.
        churn_noise: S_noise.
    """
    ratio = [sigma / alpha for alpha, sigma in zip(walk.alpha, walk.sigma, strict=True)]
    z = x / walk.alpha[0]
    for step in range(walk.steps):
        alpha, r, r_next = walk.alpha[step], ratio[step], ratio[step + 1]
        gamma = min(churn / walk.steps, sqrt(2) - 1) if churn_min <= r <= churn_max else 0.0
        if gamma > 0:
            z = z + r * sqrt((1 + gamma) ** 2 - 1) * churn_noise * walk.fresh(step)
            r = r * (1 + gamma)
            x_hat = evaluate(denoiser, alpha * z, alpha, alpha * r)
            walk.show(step, alpha * z, x_hat)
        else:
            x_hat = walk.denoise(denoiser, alpha * z, step)
        slope = (z - x_hat) / r
        z_next = z + (r_next - r) * slope
        if correct and r_next > 0:
            alpha = walk.alpha[step + 1]
            x_hat = evaluate(denoiser, alpha * z_next, alpha, walk.sigma[step + 1])
            z_next = z + (r_next - r) * (slope + (z_next - x_hat) / r_next) / 2
        z = z_next
    return walk.alpha[-1] * z
