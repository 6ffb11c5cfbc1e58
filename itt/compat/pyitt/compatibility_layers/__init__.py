"""The layers that pyitt has for programs of ittapi and itt-python."""
