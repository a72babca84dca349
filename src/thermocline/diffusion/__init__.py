"""The mathematics of diffusion: schedules, parameterisations, samplers, guidance.

Knows tensors, not oceans.
"""
