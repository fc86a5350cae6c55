"""List prices of us-east-1, on demand, in dollars."""

WRITE_UNIT = 0.625e-6
READ_UNIT = 0.125e-6
SQS_FIFO_REQUEST = 0.50e-6
SQS_CHUNK_BYTES = 64 * 1024
LAMBDA_REQUEST = 0.20e-6
LAMBDA_ARM_GB_SECOND = 0.0000133334
REST_API_REQUEST = 3.50e-6
EVENT = 1.00e-6

CORE_GB = 1.769
"""The memory at which a function has one whole core, so that CPU time is billed time."""
