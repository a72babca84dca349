"""What `reconstruct` does in the stages of the pipeline."""
