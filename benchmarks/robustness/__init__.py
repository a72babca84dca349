"""Wrong, lopsided or missing observations, and what becomes of the answers."""
