"""Second-order integration of the probability-flow equation, with churn.

With z = x/α and r = σ/α the flow is the same for every schedule:

    dz/dr = (z − D)/r

    churn:   r̂ = r·(1 + γ),  ẑ = z + √(r̂² − r²)·S_noise·ε,   γ = min(S_churn/N, √2 − 1)
    Euler:   z' = ẑ + (r' − r̂)·(ẑ − D)/r̂  =  D + (r'/r̂)·(ẑ − D),            D = D(ẑ; r̂)
    Heun:    z' + (r' − r̂)·(d' − d)/2      =  z' + (r' − r̂)/(2r')·(D − D'),  D' = D(z'; r'),  r' > 0

with the slopes d = (ẑ − D)/r̂ and d' = (z' − D')/r'. The right-hand forms are used: z and the slopes
are large where α is small, and their differences would lose digits.

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
    for step in range(walk.steps):
        alpha, r = walk.alpha[step], ratio[step]
        alpha_next, r_next = walk.alpha[step + 1], ratio[step + 1]
        gamma = min(churn / walk.steps, sqrt(2) - 1) if churn_min <= r <= churn_max else 0.0
        if gamma > 0:
            x = x + walk.sigma[step] * sqrt((1 + gamma) ** 2 - 1) * churn_noise * walk.fresh(step)
            r = r * (1 + gamma)
        x_hat = walk.denoise(denoiser, x, step, sigma=alpha * r)
        x = alpha_next * (x_hat + r_next / r * (x / alpha - x_hat))
        if correct and r_next > 0:
            x_hat_next = evaluate(denoiser, x, alpha_next, walk.sigma[step + 1])
            x = x + alpha_next * (r_next - r) / (2 * r_next) * (x_hat - x_hat_next)
    return x
