"""Limits of a question, for the command line and the service: light."""

MAX_OBSERVATIONS = 200_000
"""As many as `thermocline.observe` takes."""
