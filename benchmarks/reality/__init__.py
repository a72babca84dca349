"""Real observations, from the files THERMOCLINE_REAL_DATA points to: nothing here is simulated."""
