"""From raw files to the states of `reconstruct`: each module is imported on use."""
