"""What the functions logged."""

from collections.abc import Iterator

from local.stack import Stack


def lines(stack: Stack, function: str, containing: str = "") -> list[str]:
    """A function's log lines that contain a text, oldest first."""
    settings = stack.client("lambda").get_function_configuration(
        FunctionName=stack.outputs[function]
    )
    group = settings["LoggingConfig"]["LogGroup"]
    return [line for line in read(stack, group) if containing in line]


def everything(stack: Stack) -> Iterator[str]:
    """All lines of all log groups."""
    for page in stack.client("logs").get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            yield from read(stack, group["logGroupName"])


def read(stack: Stack, group: str) -> Iterator[str]:
    """A log group's lines, oldest first."""
    pages = stack.client("logs").get_paginator("filter_log_events")
    for page in pages.paginate(logGroupName=group):
        yield from (event["message"] for event in page["events"])
