"""The promotion test, what it decides, and the way back."""
