"""Runs in MLflow: of trainings, sweeps and their trials, with the datasets they were made from."""
