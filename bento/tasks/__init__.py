"""Long requests as durable tasks: submitted, worked on, asked about, and kept for a stated time.

A task is a row of a table (`records`) and a folder with its request and its answer (`folders`).
Huey's queue hands its id to a thread of this process (`queue`), which does the work (`tasks`). What
did not come to its end is taken up again (`upkeep`); several services may share their tasks
(`databases`, `living`).
"""
