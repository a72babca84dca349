"""Observations as text: CSV and other delimited tables to canonical profiles."""
