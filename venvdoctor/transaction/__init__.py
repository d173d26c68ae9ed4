"""The only code that changes anything: it journals each step before it is done, and can undo all of them.

`anchor` reaches files below one directory without following links, `journal` remembers, `work` is what the steps of
one transaction share, `actions` performs them (`salvage`, `transplant`: what is carried over; `portable`: what pip
installs), `starting` and `stopping` are for programs and signals, `rollback` takes steps back, `verify` runs the
repaired environment. `run` ties them together, `undoing` is for what earlier runs did. Imports go one way, those two at
the top.
"""
