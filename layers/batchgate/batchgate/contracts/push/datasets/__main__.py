"""Check all declared data sets."""

import sys

from batchgate.contracts.push.datasets import check

sys.exit(check())
