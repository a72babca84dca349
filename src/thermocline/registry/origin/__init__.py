"""Where a model comes from: the tree, the data and the environment, and the record of them."""
