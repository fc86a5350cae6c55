"""A partner sees, changes and delays nothing of another's."""

from batchgate import wiring
from batchgate.model import BatchId
from tests.engine.calls import on, refusal
from tests.engine.making import item, letters
from tests.faults.world import accept, counts, impatient, name, submit
from tests.gateway import Gateway, Partner


def test_two_partners_with_the_same_ids_and_users_have_nothing_in_common(
    gateway: Gateway, acme: Partner, other: Partner
) -> None:
    """The same batch id, users and content: two batches, and two portfolios a user."""
    for partner in (acme, other):
        assert submit(gateway, partner, 1).status == 200
    gateway.drain()

    for partner in (acme, other):
        assert counts(gateway.status(partner, batchId=name(1))) == (7, 5, 2, 0)
        assert counts(gateway.status(partner)) == (7, 5, 2, 0)
    numbers = [
        {row["portfolioId"] for row in gateway.status(partner).body["data"]["successes"]}
        for partner in (acme, other)
    ]
    assert len(numbers[0]) == len(numbers[1]) == 5
    assert numbers[0].isdisjoint(numbers[1])


def test_the_other_content_of_another_partner_is_no_conflict(
    gateway: Gateway, acme: Partner, other: Partner
) -> None:
    """An id is a partner's own: nobody learns that another uses it, too."""
    submit(gateway, acme, 1)

    answer = gateway.submit(other, batchId=name(1), portfolios=[{"userId": "1/0", "holding": []}])
    gateway.drain()

    assert answer.status == 200
    assert counts(gateway.status(other, batchId=name(1))) == (1, 1, 0, 0)
    assert counts(gateway.status(acme, batchId=name(1))) == (7, 5, 2, 0)


def test_every_row_and_every_message_begins_with_its_partner(
    gateway: Gateway, acme: Partner, other: Partner
) -> None:
    """No key of one partner can be made from what another sends."""
    submit(gateway, acme, 1)
    first = gateway.receive(gateway.queue)
    assert {one["attributes"]["MessageGroupId"].split("/")[0] for one in first} == {"acme"}
    submit(gateway, other, 1)
    gateway.drain()

    partners = {"acme": 0, "other": 0}
    for table in ("BatchesTable", "RecordsTable", "PartnersTable"):
        for row in gateway.rows(table):
            if row["pk"]["S"] != "#numbers":  # the deployment's: it tells nobody anything
                partners[row["pk"]["S"].split("#")[0]] += 1
    assert partners["acme"] == partners["other"] > 10


def test_what_is_asked_of_aws_for_a_partner_names_no_other(
    gateway: Gateway, acme: Partner, other: Partner
) -> None:
    """Every read and write of a submit, its work and its status has the caller in its key."""
    submit(gateway, other, 1)
    gateway.drain()
    asked: list[str] = []

    def note(params: dict[str, object], **_: object) -> None:
        asked.append(str(params))

    with on("before-parameter-build", note):
        submit(gateway, acme, 1)
        gateway.drain()
        gateway.status(acme)

    assert len(asked) > 15
    assert not [one for one in asked if "other" in one.replace("others", "")]


def test_a_throttled_partner_delays_nobody_else_of_its_invocation(gateway: Gateway) -> None:
    """Slices of both come in one event; the hot partition is one partner's."""
    slow, quick = (BatchId(partner, "stock", "b1") for partner in ("acme", "other"))
    for batch in (slow, quick):
        accept(batch, *[item(f"k{at}") for at in range(6)])

    def throttle(model: object, params: dict[str, bytes], **_: object) -> object:
        if b"acme#stock" not in params["body"]:
            return None
        return Throttled, refusal("ThrottlingException")

    with impatient():
        with on("before-call", throttle):
            assert gateway.deliver(gateway.queue, "worker") == 4
        assert (letters(slow), letters(quick)) == ("------", "iiiiii")
        gateway.drain()

    assert letters(slow) == "iiiiii"
    standing = wiring.lookups().standing(slow)
    assert standing is not None
    assert standing.completed


class Throttled:
    """An answer's head."""

    status_code = 400
