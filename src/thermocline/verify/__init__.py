"""Metrics, significance, scoreboards and figures."""
