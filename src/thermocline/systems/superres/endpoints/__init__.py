"""The questions that models of this system answer."""
