"""Whether a difference of scores is more than chance: the bootstrap, and how cases are drawn."""
