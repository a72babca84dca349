"""The diffusion model: conditioning, training and sampling."""
