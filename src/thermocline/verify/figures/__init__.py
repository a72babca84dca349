"""Figures of boards, maps and sections, in one style."""
