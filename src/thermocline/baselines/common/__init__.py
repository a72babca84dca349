"""What classical methods share: covariances of distance, factors, training states, and files."""
