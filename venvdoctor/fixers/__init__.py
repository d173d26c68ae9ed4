"""The folder of the remedies, one per file; they propose steps and change nothing."""
