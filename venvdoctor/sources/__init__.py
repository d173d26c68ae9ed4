"""The folder of the places where environments live, one file each."""
