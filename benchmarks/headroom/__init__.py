"""How much there is to gain on the best linear method."""
