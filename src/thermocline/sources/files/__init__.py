"""Opening files safely, and decoding the integers, texts, packed values and dates in them."""
