"""Other packages' ways to write labels, on top of itt: moving in is one import.

from itt.compat import pyitt    # instead of: import pyitt
from itt.compat import ittapi
from itt.compat import nvtx

docs/compat.md says what maps to what, and what differs.
"""
