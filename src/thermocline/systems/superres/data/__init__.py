"""From raw files to the pairs of `superres`: each module is imported on use."""
