"""Where `batchgate` starts."""

import os

ENVIRONMENT = {
    "POWERTOOLS_SERVICE_NAME": "batchgate-cli",
    "POWERTOOLS_METRICS_NAMESPACE": "Batchgate",
    "POWERTOOLS_METRICS_DISABLED": "true",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
}
"""What the gateway's package reads when it is imported. Its log lines and metrics are for
functions: here they would come between a command's own lines."""


def main() -> None:
    """Run the command line."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    os.umask(0o077)  # what it writes beside a file holds a partner's rows, or credentials
    from batchgate_cli.app import app  # noqa: PLC0415 (it reads the environment set above)

    app(prog_name="batchgate")


if __name__ == "__main__":
    main()
