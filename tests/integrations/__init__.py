"""What is shipped beside the package: the single file, hooks, actions, completions, manual pages."""
