"""The folder of the facts that inspection reads and rules judge; frozen values, no behaviour that looks at a disk."""
