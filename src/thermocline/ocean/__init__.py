"""What an ocean field is: grids, variables, basins, and the problem every method answers."""
