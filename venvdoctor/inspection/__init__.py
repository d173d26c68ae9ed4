"""The folder of the readers of facts, one per kind of fact; none of them judges."""
