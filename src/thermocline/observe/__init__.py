"""Observation operators: cells, columns and profiles onto the model's grid, with their errors."""
