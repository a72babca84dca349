"""Raw files to prepared states."""
