"""Neural networks. Knows tensors, not oceans."""
