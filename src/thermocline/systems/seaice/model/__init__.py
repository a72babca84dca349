"""The networks, how they are trained, and how states are drawn."""
