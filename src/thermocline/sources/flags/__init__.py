"""What quality flags mean: by `flag_meanings`, by their scheme of codes, or by their text."""
