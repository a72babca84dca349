"""The diffusion model: residual shifting from a first guess, and its contract."""
