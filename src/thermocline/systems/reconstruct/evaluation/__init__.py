"""How reconstruct is judged: scores and figures of its own."""
