"""The folder of the judgements, one rule per file; pure functions of facts."""
