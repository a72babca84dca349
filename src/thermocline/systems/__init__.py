"""The diffusion systems, each a composition of shared parts."""
