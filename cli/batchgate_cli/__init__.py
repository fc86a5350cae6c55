"""`batchgate`: the command line of those who run the gateway."""
