"""The worker of the stack under test, stopped for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from local.stack import Stack
from tests.stack.broker import until


@contextmanager
def worker_off(stack: Stack) -> Iterator[None]:
    """Nobody works slices meanwhile; whatever happens, somebody does afterwards."""
    client = stack.client("lambda")
    released = f"{stack.outputs['Worker']}:live"
    (mapping,) = client.list_event_source_mappings(FunctionName=released)["EventSourceMappings"]
    uuid = mapping["UUID"]

    def turn(state: str) -> None:
        client.update_event_source_mapping(UUID=uuid, Enabled=state == "Enabled")
        until(lambda: client.get_event_source_mapping(UUID=uuid)["State"] == state)

    try:
        turn("Disabled")
        yield
    finally:
        turn("Enabled")
