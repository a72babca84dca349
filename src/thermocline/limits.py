"""Limits that settings and questions have in common."""

MAX_MEMBERS = 64
"""More members than this are refused: they cost time and say little more about mean and spread."""
