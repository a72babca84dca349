"""Registered versions: found, intact, and evaluated."""
