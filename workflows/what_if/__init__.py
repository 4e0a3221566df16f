"""What would have been: a span's real facts replayed against a draft, in memory, nothing written.

`reading` takes the facts from the record, `replay` runs them through the engine's own decisions
and cases under two ladders, `tally` counts, `trials` keeps who asked for what and what came out.
"""
