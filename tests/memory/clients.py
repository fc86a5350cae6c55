"""Clients that are answered by the services in memory, with botocore's events and errors.

botocore itself takes half a millisecond a call for what never leaves this process: where
to call, as whom, in which form.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError
from botocore.hooks import HierarchicalEmitter

from tests.memory.services import Services


class Client:
    """A service's client as far as the gateway and its tests use any."""

    def __init__(self, service: str, services: Services) -> None:
        """Have the calls of this service be answered by these."""
        self.meta = SimpleNamespace(events=HierarchicalEmitter())
        self._service = service
        self._services = services

    def __getattr__(self, method: str) -> Callable[..., Any]:
        operation = "".join(word.title() for word in method.split("_"))
        self.__dict__[method] = call = _Call(self, operation, self._service)
        return call

    def get_paginator(self, method: str) -> SimpleNamespace:
        """What asks for all pages, of which there is one."""
        return SimpleNamespace(paginate=lambda **given: [getattr(self, method)(**given)])

    def answer(self, operation: str, given: dict[str, Any]) -> Any:
        """What the services say."""
        return self._services.answer(operation, given)


class _Call:
    """One operation of a client."""

    def __init__(self, client: Client, operation: str, service: str) -> None:
        self._client, self._operation = client, operation
        self._model = SimpleNamespace(
            name=operation, service_model=SimpleNamespace(service_name=service)
        )
        self._suffix = f".{service}.{operation}"

    def __call__(self, **given: Any) -> Any:
        events, model, context = self._client.meta.events, self._model, dict[str, Any]()
        events.emit(
            f"before-parameter-build{self._suffix}", params=given, model=model, context=context
        )
        _, answered = events.emit_until_response(
            f"before-call{self._suffix}", model=model, params=given, context=context
        )
        http, parsed = answered or self._client.answer(self._operation, given)
        events.emit(
            f"after-call{self._suffix}",
            http_response=http,
            parsed=parsed,
            model=model,
            context=context,
        )
        if http.status_code >= 300:
            raise ClientError(parsed, self._operation)
        return parsed
