"""System 1: multi-layer temperature from sparse observations."""
