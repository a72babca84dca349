"""Optuna: search spaces, studies, workers."""
