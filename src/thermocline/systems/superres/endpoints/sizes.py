"""How large an answer of this system may be."""

MAX_VALUES = 300_000_000
"""Most cells times members of an answer."""
MAX_KEPT = 100_000_000
"""Most of them if every member is to be written."""
