"""Evaluation: scores, tables and figures of this system."""
