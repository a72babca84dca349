"""What is trained: residual shifting from a first guess, and its contract."""
