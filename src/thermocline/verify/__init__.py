"""Metrics, significance, scoreboards and figures.

    figures       figures of boards, maps and sections, in one style
    board         the scoreboard: its rows and cases, its words, and how it is written
    metrics       how far answers are from the truth: of cells, distributions, fields, fronts, ice
    significance  whether a difference of scores is more than chance

Each imports only from those below it (the layers are in pyproject.toml).
"""
