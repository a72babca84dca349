"""The classical methods, tuned on validation days, and the first guess among them."""
