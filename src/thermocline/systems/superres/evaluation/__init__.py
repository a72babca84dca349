"""How superres is judged: scores, tables and figures of its own."""
