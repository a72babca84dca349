"""What an ocean field is: grids, depth levels, variables, basins, and the problem every method answers."""
