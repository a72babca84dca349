"""The classical methods, tuned on validation years."""
