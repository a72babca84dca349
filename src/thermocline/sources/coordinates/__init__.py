"""The horizontal, vertical and time coordinates of gridded files."""
