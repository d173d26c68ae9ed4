"""The command line: one file per command, which parses, calls the API, prints and exits; `_` files are shared."""
