"""What a push can name: where another has it, and where nobody has."""

from typing import Any

from tests.hostile.tenants import Case, Tenant, Twin, rows, sent_by, short


def category(method: str) -> Case:
    """A data set that another uses, against a category that there is not."""
    return lambda owner, stranger: _data_sets(method, owner, stranger, "nowhere", "")


def key(method: str) -> Case:
    """A data set that another uses, against a key that there is not."""
    return lambda owner, stranger: _data_sets(method, owner, stranger, "", "nothing")


def _data_sets(method: str, owner: Tenant, stranger: Tenant, place: str, name: str) -> Twin:
    batch = short()
    sent_by(owner, owner.push("POST", rows(batch, "P1"), owner.own))
    there = owner.own.split("/")
    body, query = _asked(method, batch)
    return (
        stranger.push(method, body, owner.own, **query),
        stranger.push(method, body, f"{place or there[0]}/{name or there[1]}", **query),
    )


def _asked(method: str, batch: str, part: str = "P1") -> tuple[Any, dict[str, str]]:
    return (None, {"batch_id": batch}) if method == "GET" else (rows(batch, part), {})


def batch(method: str) -> Case:
    """A pushed batch's id."""

    def case(owner: Tenant, stranger: Tenant) -> Twin:
        theirs, nobodys, part = short(), short(), short()
        sent_by(owner, owner.push("POST", rows(theirs, part)))
        calls = []
        for one in (theirs, nobodys):
            body, query = _asked(method, one, short())
            told = [one, body["data"][0]["LENOVO_PN"]] if body else [one]
            calls.append(stranger.push(method, body, told=told, **query))
        return calls[0], calls[1]

    return case


def sequence(method: str) -> Case:
    """A sequence's id, within a batch that another has under the same id."""

    def case(owner: Tenant, stranger: Tenant) -> Twin:
        theirs, seq = short(), short()
        sent_by(owner, owner.push("POST", rows(theirs, "P1", seq=seq)))
        calls = [
            stranger.push(method, rows(one, part, seq=name), told=[one, part, name])
            for one, part, name in ((theirs, short(), seq), (short(), short(), short()))
        ]
        return calls[0], calls[1]

    return case


def part(method: str) -> Case:
    """A row's key."""

    def case(owner: Tenant, stranger: Tenant) -> Twin:
        theirs = short()
        sent_by(owner, owner.push("POST", rows(short(), theirs)))
        calls = [
            stranger.push(method, rows(one, row, quantity=8), told=[one, row])
            for one, row in ((short(), theirs), (short(), short()))
        ]
        return calls[0], calls[1]

    return case


def failures(owner: Tenant, stranger: Tenant) -> Twin:
    """A cursor for the failures of a batch, which both have under one id."""
    name = short()
    for one in (owner, stranger):
        sent_by(one, one.push("POST", rows(name, "P1", "P2", quantity="x")))
    page = sent_by(owner, owner.push("GET", batch_id=name, limit="1"))[0].body["result"]
    cursor = page["nextCursor"]
    return (
        stranger.push("GET", batch_id=name, cursor=cursor),
        stranger.push("GET", batch_id=name, cursor=cursor[::-1]),
    )
