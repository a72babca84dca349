"""Complete ocean fields with trustworthy uncertainty from sparse observations."""

__version__ = "0.1.0"
