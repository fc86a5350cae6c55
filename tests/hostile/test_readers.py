"""Whatever is read: it is refused by name, or it is what Python's own reader makes of it."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchgate.contracts import wire
from batchgate.contracts.loyalty import items
from batchgate.contracts.portfolio import submit
from batchgate.contracts.push import calls, datasets
from batchgate.contracts.push.envelope import EnvelopeRefused
from batchgate.errors import Malformed, Refusal, TooLarge
from batchgate.http import Request
from batchgate.model import Account

ACCOUNT = Account(
    partner="acme",
    disabled=False,
    contracts=frozenset(),
    methods=frozenset(),
    feeds=frozenset(),
    companies=frozenset({"napse"}),
    keys={},
    secrets=[],
)
MASTER_DATA = datasets.find("odm", "master_data")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
TEXTS = st.sampled_from(["", "B1", "17", "0", "1e3", "x" * 17, "é" * 9, "\x00", "１"]) | st.text()
VALUES = st.none() | st.booleans() | st.integers(-3, 600) | st.floats() | TEXTS | JSON
ROWS = st.fixed_dictionaries({}, optional=dict.fromkeys(("LENOVO_PN", "PLANT", "QTY", "X"), VALUES))
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("batch_id", "batch_size", "seq_id", "seq_size", "appName", "x"), VALUES),
        "data": st.lists(ROWS | JSON, max_size=4) | VALUES,
    },
)
ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "operation": st.sampled_from(["I", "U", "R"]) | VALUES,
        **dict.fromkeys(items.Card.__annotations__, VALUES),
        **dict.fromkeys(items.Coupon.__annotations__, VALUES),
        "segment": VALUES,
    },
)
widely = settings(deadline=None, max_examples=400, suppress_health_check=list(HealthCheck))


def request(body: bytes, method: str = "POST") -> Request:
    query = [("signature", "00")]
    return Request(headers={}, query=query, body=body, correlation_id="c", method=method)


def written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")


def strictly(text: bytes) -> Any:
    """What Python's own reader makes of a text, with a key twice refused as well."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            raise ValueError(text)
        return made

    def none(constant: str) -> Any:
        raise ValueError(constant)

    return json.loads(text, object_pairs_hook=unique, parse_constant=none, parse_float=Decimal)


@widely
@given(st.dictionaries(st.text(), JSON, max_size=4), st.integers(0), st.binary(max_size=3))
def test_a_body_is_read_as_python_reads_it_or_refused(
    value: dict[str, Any], place: int, put: bytes
) -> None:
    """Two readers that differ on one text are how something is slipped past the first."""
    text = written(value)
    at = place % len(text)
    changed = text[:at] + put + text[at + len(put) :]
    try:
        read = wire.json_object(changed, limit=10**6)
    except Malformed:
        return

    assert read == strictly(changed)


@widely
@given(ENVELOPES, st.sampled_from(["POST", "PUT", "DELETE", "PATCH"]))
def test_a_pushed_sequence_is_a_part_or_refused(envelope: Any, method: str) -> None:
    """Rows are kept or told in their order, as many as came; nothing else is ever raised."""
    assert MASTER_DATA is not None
    try:
        part, read = calls.read(request(written(envelope), method), ACCOUNT, MASTER_DATA)
    except (EnvelopeRefused, Malformed, TooLarge):
        return

    assert len(part.items) == len(envelope["data"]) == int(envelope["seq_size"])
    assert (part.batch.batch, part.name) == (envelope["batch_id"], envelope["seq_id"])
    assert read.batch_size >= len(part.items)
    for item in part.items:
        assert item.key or item.fault


@widely
@given(st.lists(ROWS | JSON, min_size=1, max_size=4))
def test_a_row_that_is_told_is_the_one_that_came(given_rows: list[Any]) -> None:
    """It is cut out of the body by a reader of its own."""
    text = json.dumps({"a": [1, {"data": 2}], "data": given_rows}, indent=1)

    cut = wire.raw_elements(text, "data")

    assert json.dumps([json.loads(one) for one in cut]) == json.dumps(given_rows)


@widely
@given(ITEMS | JSON, st.sampled_from([items.CARD, items.COUPON, items.SEGMENT]), st.booleans())
def test_an_item_is_taken_or_told_what_is_wrong(raw: Any, kind: items.Kind, check: bool) -> None:
    """One of the two, whatever it is."""
    with suppress(Malformed):  # nested too deep
        item = items.read(raw, kind, "napse", lambda text: text, validate_card=check)
        assert bool(item.key) != bool(item.fault)


@widely
@given(st.fixed_dictionaries({"portfolios": st.lists(JSON, max_size=3)}) | JSON)
def test_a_batch_of_portfolios_is_a_part_or_refused(value: Any) -> None:
    """Every entry becomes an item, or all are refused by name."""
    try:
        part = submit.read(request(written(value)), ACCOUNT)
    except Refusal:
        return

    assert len(part.items) == part.declared == len(value["portfolios"])
