"""What is trained: a denoiser that starts from an ensemble OI, and its contract."""
