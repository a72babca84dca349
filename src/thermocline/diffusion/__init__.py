"""The mathematics of diffusion: schedules, parameterisations, samplers, guidance.

Tensors only, no oceanography.
"""
