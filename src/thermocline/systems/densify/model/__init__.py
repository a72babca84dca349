"""The diffusion model: what it is told, what it learns, and how it answers."""
