"""Every reader against inputs that nobody wrote on purpose; see `__main__` for the long run."""
