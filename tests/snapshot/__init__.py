"""Snapshots: written whole, found again, compared."""
