"""Methods that map each level by itself: optimal interpolation, DINEOF, climatology."""
