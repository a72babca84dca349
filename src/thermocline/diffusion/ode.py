"""Second-order integration of the probability-flow equation.

With z = x/α and r = σ/α the flow is the same for every schedule:

    dz/dr = (z − D)/r

    Euler:   z' = z + (r' − r)·(z − D)/r  =  D + (r'/r)·(z − D),            D = D(z; r)
    Heun:    z' + (r' − r)·(d' − d)/2     =  z' + (r' − r)/(2r')·(D − D'),  D' = D(z'; r'),  r' > 0

with the slopes d = (z − D)/r and d' = (z' − D')/r'. The right-hand forms are used: z and the slopes
are large where α is small, and their differences would lose digits.

A step from r to an r′ far below it is Euler's in either method. For data of unit variance the slope
is r/√(1 + r²), about 1 until r is about 1, so that the slope at r′ is not what it was on the way:
Heun's step would be wrong by about r/4r′², Euler's by 1/2r′. Grids that are even in the time of a
schedule begin with such a step, from an r of up to 20,000.

Source: Karras et al. (2022), algorithm 2 without churn. Heun costs at most 2N − 1 evaluations of D.
"""

from torch import Tensor

from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.walk import Walk, evaluate

STEEP = 4.0
"""r over the larger of r′ and 1 from which on a step is not corrected."""


def second_order(denoiser: Denoiser, x: Tensor, walk: Walk, correct: bool = True) -> Tensor:
    """Heun's method, or Euler's without `correct`, from the state `x` at the walk's first time."""
    ratio = [sigma / alpha for alpha, sigma in zip(walk.alpha, walk.sigma, strict=True)]
    for step in range(walk.steps):
        alpha, r = walk.alpha[step], ratio[step]
        alpha_next, r_next = walk.alpha[step + 1], ratio[step + 1]
        x_hat = walk.denoise(denoiser, x, step, sigma=alpha * r)
        x = alpha_next * (x_hat + r_next / r * (x / alpha - x_hat))
        if correct and r_next > 0 and r <= STEEP * max(r_next, 1):
            x_hat_next = evaluate(denoiser, x, alpha_next, walk.sigma[step + 1])
            x = x + alpha_next * (r_next - r) / (2 * r_next) * (x_hat - x_hat_next)
    return x
