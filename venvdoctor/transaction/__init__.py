"""The only code that changes anything: it journals each step before it is done, and can undo all of them.

`anchor` reaches files below one directory without following links, `journal` remembers, `actions` performs the
steps of a plan, `rollback` takes them back, `verify` runs the repaired environment, `commit` ties them together.
"""
