"""What a request about cards, coupons or segments can name: where another has it, and nobody."""

from typing import Any

from tests import retailing
from tests.hostile.tenants import Call, Case, Tenant, Twin, sent_by, short


def item(function: str, code: str) -> dict[str, str]:
    """An item that inserts a card, a coupon, or a membership."""
    about = {"segment": "s"} if function == retailing.SEGMENTS else {"type": "t"}
    return {"operation": "I", "code": code} | about


def request(function: str, company: str, code: str) -> dict[str, Any]:
    """A request that inserts one."""
    params = [{"validateCard": False}]
    return {"companyId": company, "params": params, "items": [item(function, code)]}


def company(function: str) -> Case:
    """A company, and a record that there is of it."""

    def case(owner: Tenant, stranger: Tenant) -> Twin:
        theirs, code = owner.retailer.company, short()
        sent_by(owner, owner.loyal(function, request(function, theirs, code)))
        return (
            stranger.loyal(function, request(function, theirs, code)),
            stranger.loyal(function, request(function, "nobody's", code)),
        )

    return case


def record(function: str) -> Case:
    """A record's code."""

    def case(owner: Tenant, stranger: Tenant) -> Twin:
        theirs, nobodys = short(), short()
        sent_by(owner, owner.loyal(function, request(function, owner.retailer.company, theirs)))
        own = stranger.retailer.company
        return (
            stranger.loyal(function, request(function, own, theirs), told=[theirs]),
            stranger.loyal(function, request(function, own, nobodys), told=[nobodys]),
        )

    return case


def idempotency(function: str) -> Case:
    """A key that another has used with another body."""

    def case(owner: Tenant, stranger: Tenant) -> Twin:
        theirs, codes = short(), (short(), short())
        first = request(function, owner.retailer.company, short())
        sent_by(owner, owner.loyal(function, first, theirs))
        own = stranger.retailer.company
        calls: list[Call] = [
            stranger.loyal(function, request(function, own, code), name, told=[code])
            for name, code in zip((theirs, short()), codes, strict=True)
        ]
        return calls[0], calls[1]

    return case
