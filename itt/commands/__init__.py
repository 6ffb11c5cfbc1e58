"""The verbs of the command line, one module each: see itt/_cli.py."""
