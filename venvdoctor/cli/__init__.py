"""The folder of the commands, one per file; parse, call the api, print, exit."""
