"""The folder of the output formats, one per file; a report in, text out."""
