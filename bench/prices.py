"""List prices of us-east-1, on demand, in dollars."""

WRITE_UNIT = 0.625e-6
READ_UNIT = 0.125e-6
SQS_FIFO_REQUEST = 0.50e-6
SQS_CHUNK_BYTES = 64 * 1024
LAMBDA_REQUEST = 0.20e-6
LAMBDA_ARM_GB_SECOND = 0.0000133334
REST_API_REQUEST = 3.50e-6
EVENT = 1.00e-6

CORE_GB = 1769 / 1024
"""The memory at which a function has one whole core, so that CPU time is billed time."""

STORED_GB = 0.25
"""A GB of a table, a month."""
RECOVERABLE_GB = 0.20
"""The same GB, restorable to any second of the last 35 days."""
LOGGED_GB = 0.50
KEPT_LOG_GB = 0.03
TRACE = 5.00e-6
ALARM = 0.10
METRIC = 0.30
DASHBOARD = 3.00
SECRET = 0.40
FIREWALL = 5.00
FIREWALL_RULE = 1.00
FIREWALL_REQUEST = 0.60e-6
