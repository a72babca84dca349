"""Super-resolution of the real ocean, from the files THERMOCLINE_REAL_DATA points to."""
