"""`make run`: the stack, and a demonstration on it."""

import sys

from local import up

if __name__ == "__main__":
    sys.exit(up.main())
