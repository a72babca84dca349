"""Uploads are read in processes of their own, so that none takes the service down, or holds it.

`forking` is a process beside the service, with the readers imported; it forks for every upload.
The fork has limits of memory and time (`limits`), reads, answers with numbers and plain texts
(`wire`), and ends. `forks` and `readers` are the service's side: how readers are made and ended,
and how they are asked.
"""
