"""Tests of the places where environments live."""
