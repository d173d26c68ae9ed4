"""Attacks on what only looks: nothing that a disk can hold may hurt."""
