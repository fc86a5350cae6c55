"""The OpenAPI document says what there is, and nothing else."""

from ops.openapi.document import text
from tests.describing import FILE, document, operations, resolved, routes


def test_the_document_is_current() -> None:
    """`make openapi` writes it from the types that the contracts read."""
    assert FILE.read_text(encoding="utf-8") == text()


def test_every_route_is_described_and_none_that_is_not_there() -> None:
    """A new endpoint can't be forgotten, nor one that was taken away be promised."""
    assert {(one.path, one.method) for one in operations()} == set(routes())


def test_every_operation_has_a_name_of_its_own() -> None:
    """Clients that are made of the document call their methods so."""
    names = [one.name for one in operations()]

    assert len(set(names)) == len(names) == 18


def test_every_operation_says_who_may_call_it() -> None:
    """Each names schemes that are declared; only a client asks for a token without any."""
    schemes = document()["components"]["securitySchemes"]
    open_ones = set()
    for one in operations():
        for way in one.described["security"]:
            assert set(way) <= set(schemes), one.name
            if not way:
                open_ones.add(one.name)

    assert open_ones == {"pushToken", "loyaltyToken"}


def test_every_answer_of_ours_is_json_or_nothing() -> None:
    """What API Gateway answers by itself is JSON as well."""
    for one in operations():
        for status, answer in one.described["responses"].items():
            content = resolved(answer).get("content", {})
            assert list(content) == (["application/json"] if status != "204" else []), one.name
