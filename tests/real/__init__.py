"""Tests that build, damage and run real environments."""
