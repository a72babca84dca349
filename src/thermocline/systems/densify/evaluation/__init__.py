"""Scores, figures, and what readers are shown of them."""
