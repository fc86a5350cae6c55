"""How all that is wrong with an item is told at once."""

import pytest

from tests.contract.loyalty_calls import infos, insert, refusal, remove, told
from tests.retailing import CARDS, COUPONS, Retailer

NO_DATE = "must be a date, YYYY-MM-DD"
NO_STATUS = "must be 'ENABLED' or 'DISABLED'"


@pytest.mark.parametrize("operation", ["I", "U", "R"])
def test_fields_are_checked_whatever_the_operation(shop: Retailer, operation: str) -> None:
    """A removal with a field that is wrong was meant for something else."""
    shop.administer(COUPONS, insert())
    before = shop.records(COUPONS)

    detail = shop.administer(COUPONS, insert(status="off", validTo="x") | {"operation": operation})

    assert infos(detail) == [(1, "A", f"validTo: {NO_DATE}; status: {NO_STATUS}")]
    assert shop.records(COUPONS) == before


def test_all_faults_of_an_item_are_told_at_once(shop: Retailer) -> None:
    """A retailer repairs a file once, not once for each fault."""
    worst = {
        "operation": "I",
        "code": "x" * 33,
        "validFrom": "2026-02-30",
        "cvv": "1",
        "amount": "45.5",
        "status": "",
        "b": 1,
        "a": 2,
    }

    detail = shop.administer(CARDS, worst)

    assert infos(detail)[0][2].split("; ") == [
        "code: at most 32 characters",
        f"validFrom: {NO_DATE}",
        "invalid cvv",
        "amount: must be a number",
        f"status: {NO_STATUS}",
        "a: unknown field",
        "b: unknown field",
        "type: required",
    ]


@pytest.mark.parametrize("name", ["", ".", "a.b", "item", " "])
def test_an_unknown_field_is_told_by_its_whole_name(shop: Retailer, name: str) -> None:
    """Also where that is nothing: the item itself is an object."""
    detail = shop.administer(COUPONS, remove() | {name: 1, "colour": 1}, {name: 1})

    assert [info.split("; ") for _, _, info in infos(detail)] == [
        sorted([f"{name}: unknown field", "colour: unknown field"]),
        ["operation: required", "code: required", f"{name}: unknown field"],
    ]


def test_what_is_missing_is_told_with_what_is_wrong(shop: Retailer) -> None:
    """Fields that are not there, dates in the wrong order: whatever else there is to tell."""
    dates = {"validFrom": "2026-01-02", "validTo": "2026-01-01"}

    detail = shop.administer(
        CARDS,
        {"operation": "I", "code": "A", "colour": 1},
        {"operation": "U", "code": "A", "status": ""} | dates,
        {"operation": "I", "code": "A"} | dates,
        {"operation": "I", "code": "A", "type": "t1", "cvv": "1"} | dates,
    )

    disordered = "validTo: must not be before validFrom"
    assert [info.split("; ") for _, _, info in infos(detail)] == [
        ["colour: unknown field", "type: required", "invalid cvv"],
        [f"status: {NO_STATUS}", disordered],
        ["type: required", disordered, "invalid cvv"],
        ["invalid cvv", disordered],
    ]


@pytest.mark.parametrize(
    ("dates", "info"),
    [
        ({"validFrom": "x", "validTo": "2026-01-01"}, f"validFrom: {NO_DATE}"),
        ({"validFrom": 20260101, "validTo": "2026-01-01"}, "validFrom: must be a string"),
        ({"validFrom": "2026-05-01", "validTo": "2026-02-30"}, f"validTo: {NO_DATE}"),
        ({"validFrom": "2026-05-01", "validTo": 20260101}, "validTo: must be a string"),
        ({"validFrom": "x", "validTo": ""}, f"validFrom: {NO_DATE}"),
    ],
)
def test_of_a_date_that_is_none_no_order_is_told(
    shop: Retailer, dates: dict[str, object], info: str
) -> None:
    """Which of two days is the later, only two days can tell."""
    detail = shop.administer(COUPONS, insert(COUPONS, "A", **dates))

    assert infos(detail) == [(1, "A", info)]


def test_every_fault_is_told_however_many_there_are(shop: Retailer) -> None:
    """All of a body's faults fit into an answer."""
    fields = {f"f{at:05}": 1 for at in range(60_000)}

    answer = shop.post(COUPONS, shop.request(insert(**fields), remove()))

    assert len(answer.text) < 3_000_000
    info = answer.body["detail"]["errorDetails"][0]["info"].split("; ")
    assert (len(info), info[0], info[-1]) == (
        60_000,
        "f00000: unknown field",
        "f59999: unknown field",
    )


RIGHT = '{"operation":"I","code":"A","type":"t1"}'


@pytest.mark.parametrize(
    ("body", "levels"),
    [
        ('{"companyId":"napse","params":[],"items":[' + RIGHT + '],"x":%s}', 1),
        ('{"companyId":"napse","params":[{"x":%s}],"items":[' + RIGHT + "]}", 3),
        ('{"companyId":"napse","params":[],"items":[%s]}', 2),
        ('{"companyId":"napse","params":[],"items":[{"operation":"R","code":"A","x":%s}]}', 3),
    ],
)
@pytest.mark.parametrize("inmost", ["", "1"])
def test_a_request_may_nest_32_levels(shop: Retailer, body: str, levels: int, inmost: str) -> None:
    """Counted over all of it, as the guide says, and not from an item on."""
    lists = 32 - levels
    most, more = (body % ("[" * n + inmost + "]" * n) for n in (lists, lists + 1))

    answers = [told(shop.post(COUPONS, text)) for text in (most, more)]

    assert answers[0] != answers[1] == refusal(400, "body: nested deeper than 32 levels")
