"""`batchgate`: the command line of those who run the gateway."""

import os

# Read when the gateway's package is imported. Its log lines and metrics are for functions:
# here they would end up between a command's own lines.
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "batchgate-cli")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Batchgate")
os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "CRITICAL")
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
