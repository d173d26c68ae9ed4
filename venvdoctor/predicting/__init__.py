"""A change that has not happened: the disk as it would be, and what the same diagnosis says of it."""
