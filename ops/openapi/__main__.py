"""Write the OpenAPI document: `python -m ops.openapi <file>`."""

import sys
from pathlib import Path

from ops.openapi.document import text

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
