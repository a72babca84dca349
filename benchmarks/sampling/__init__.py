"""Error against network evaluations, for every sampler and guidance."""
