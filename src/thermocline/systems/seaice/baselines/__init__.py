"""Classical methods, tuned on validation years."""
