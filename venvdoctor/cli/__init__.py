"""The command line: one file per command; each parses, calls the API, prints and exits. Files beginning with `_` are shared."""
