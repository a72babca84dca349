"""Two registered versions side by side."""
