"""Hooks of package managers: their files, and what happens when they are called."""
