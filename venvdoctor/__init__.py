"""venvdoctor finds every Python environment and says which are broken, by which cause, and how to get them back."""

__version__ = "0.1.0"
