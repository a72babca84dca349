"""What `superres` does in the stages of the pipeline."""
