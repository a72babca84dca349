"""Where the pipeline stands: how each stage ended, and what waits for it."""
