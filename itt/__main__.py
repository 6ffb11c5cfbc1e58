"""python -m itt"""

import sys

from itt._cli import main

if __name__ == "__main__":
    sys.exit(main())
