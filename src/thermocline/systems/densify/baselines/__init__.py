"""The classical methods that the model is compared with."""
