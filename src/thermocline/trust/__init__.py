"""What the observations of a request say of the prior that is to be conditioned on them."""
