"""Many reports as one: read back, put together, printed by host, cause and interpreter."""
