"""Scores and figures of the withheld truth."""
