"""The bundled nature run: a small ocean simulator and the observing system that samples it."""
