"""Shadow mode: what champions answered, candidates are asked, too, and how they differ is logged.

THERMOCLINE_SHADOW is the share of requests that this is done with: 0, unless it is set, to 1. Who
asks waits for no more than a copy of the question, and gets the champion's answer alone. The
candidates are the registry's, which are followed as champions are. The log, `shadow.jsonl` in the
folder of tasks, is what `thermocline shadow` reads. It holds figures of fields, and nothing else of
requests and answers but the words in which a candidate refuses one.
"""
