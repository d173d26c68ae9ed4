"""Around an upgrade: snapshots, package managers' hooks, and what they do before and after."""
