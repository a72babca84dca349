"""The scoreboard: its rows and cases, its words, and how it is written."""
