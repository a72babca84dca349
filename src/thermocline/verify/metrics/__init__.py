"""How far answers are from the truth: of cells, distributions, fields, ice and water columns."""
