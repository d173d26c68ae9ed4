"""Predictions, judged by what comes after."""
