"""Replaying from the command line: seen first, done once, and told."""

from batchgate import engine, wiring
from tests.cli.calling import Cli
from tests.engine.calls import answering, refusal, seen
from tests.engine.making import admit, batch, item, letters
from tests.gateway import Gateway, Partner


def give_up(*users: str, feed: str = "portfolio", name: str = "b1") -> None:
    """A completed batch of acme's that was given up."""
    of = batch(name, feed=feed)
    for work in admit(*[item(user) for user in users], batch=of):
        engine.give_up(work, wiring.batches())
    engine.settle(
        of, wiring.batches(), wiring.plans(), wiring.queue(), wiring.events(), wiring.clock
    )


def test_a_replay_is_seen_first_then_done_then_over(
    cli: Cli, gateway: Gateway, acme: Partner
) -> None:
    """The dry run changes nothing; the second run finds nothing."""
    give_up("FPT", "VNM")
    of = batch(feed="portfolio")

    dry = cli.json("replay", "b1", "--partner", "acme", "--dry-run")
    assert dry == {
        "dry_run": True,
        "reads": 1,
        "batches": [
            {
                "partner": "acme",
                "feed": "portfolio",
                "batch": "b1",
                "slices": 1,
                "broken": 0,
                "given_up": 2,
                "stuck": 0,
                "put_back": 0,
            }
        ],
    }
    assert letters(of) == "gg"

    done = cli.json("replay", "b1", "--partner", "acme")
    assert [one["put_back"] for one in done["batches"]] == [1]
    assert cli.json("replay", "b1", "--partner", "acme")["batches"] == []
    gateway.drain()

    assert letters(of) == "ii"
    shown = cli.json("batch", "show", "b1", "--partner", "acme")
    assert (shown["inserted"], shown["failed"], shown["state"]) == (2, 0, "completed")
    assert [(one["shard"], one["items"]) for one in shown["replayed"]] == [(0, 2)]


def test_a_partners_dead_slices_are_replayed_in_the_order_of_their_acceptance(
    cli: Cli, gateway: Gateway, acme: Partner
) -> None:
    """Without reading the rows of batches that ended well, or the whole table."""
    for at, name in enumerate(("b1", "b2", "b3")):
        give_up("FPT", name=name)
        gateway.clock.move(seconds=at + 1)
    submitted = gateway.submit(acme, portfolios=[{"userId": "1", "holding": []}])
    assert submitted.status == 200
    gateway.drain()

    with seen() as calls:
        done = cli.json("replay", "--partner", "acme")

    assert "Scan" not in calls.names
    assert [(one["batch"], one["put_back"]) for one in done["batches"]] == [
        ("b1", 1),
        ("b2", 1),
        ("b3", 1),
    ]
    gateway.drain()
    assert [letters(batch(name, feed="portfolio")) for name in ("b1", "b2", "b3")] == [
        "i",
        "s",
        "s",
    ]


def test_what_a_replay_will_read_is_said_before(cli: Cli, gateway: Gateway, acme: Partner) -> None:
    """A feed of many batches takes minutes and money to look through; one wants to know first."""
    give_up("FPT", name="long ago")
    gateway.clock.move(seconds=86_401)
    give_up("FPT")
    gateway.clock.move(seconds=86_401)
    for portfolio in ("1", "2"):
        gateway.submit(acme, portfolios=[{"userId": portfolio, "holding": []}])
    gateway.drain()

    dry = cli("replay", "b1", "--partner", "acme", "--dry-run")
    both = cli.json("replay", "--partner", "acme", "--dry-run")
    with seen() as calls:
        done = cli("replay", "b1", "--partner", "acme")

    said = "To tell what is newer, batches of the same feeds are read: 3.\n"
    assert (dry.err, done.err) == (said, said)
    assert both["reads"] == 4
    read = {
        given["ExpressionAttributeValues"][":pk"]["S"]
        for given in calls.of("Query")
        if given["ExpressionAttributeValues"].get(":prefix") == {"S": "m/"}
    }
    assert len(read) == 3


def test_nothing_is_read_to_put_back_what_got_stuck(
    cli: Cli, gateway: Gateway, acme: Partner
) -> None:
    """It never ended, so nothing of it is taken back."""
    admit(item("FPT"), batch=batch(feed="portfolio"))
    gateway.clock.move(seconds=600)

    done = cli("replay", "--partner", "acme")

    assert (done.code, done.err) == (0, "")


def test_only_the_failures_that_are_meant_are_replayed(
    cli: Cli, gateway: Gateway, acme: Partner
) -> None:
    """Given up and broken have different causes."""
    give_up("FPT")
    with answering("BatchWriteItem", None, refusal("ValidationException")):
        gateway.submit(acme, portfolios=[{"userId": "1", "holding": []}])
        gateway.drain()

    def found(*given: str) -> list[tuple[int, int]]:
        told = cli.json("replay", "--partner", "acme", "--dry-run", *given)["batches"]
        return [(one["broken"], one["given_up"]) for one in told]

    assert found("--error", "broken") == [(1, 0)]
    assert found("--error", "given-up") == [(0, 1)]
    assert sorted(found()) == [(0, 1), (1, 0)]
    assert found("--stuck") == []
    assert cli("replay", "--error", "refused").code == 2


def test_all_partners_batches_are_looked_at_without_reading_them_all(
    cli: Cli, gateway: Gateway, acme: Partner
) -> None:
    """The partners' table is small, and the index tells which batches ended well."""
    admit(item("FPT"), batch=batch(feed="portfolio"))
    gateway.clock.move(seconds=600)

    with seen() as calls:
        done = cli("replay", "--all", "--json")

    assert [(one["stuck"], one["put_back"]) for one in done.json["batches"]] == [(1, 1)]
    assert [one["TableName"] for one in calls.of("Scan")] == ["PartnersTable"]
    gateway.drain()
    assert letters(batch(feed="portfolio")) == "i"


def test_a_replay_that_could_not_do_all_says_so(cli: Cli, gateway: Gateway, acme: Partner) -> None:
    """The content of a batch is lost: nothing can work it."""
    give_up("FPT")
    for row in gateway.rows("BatchesTable"):
        if row["sk"]["S"].startswith("p/"):
            gateway.dynamodb.delete_item(
                TableName="BatchesTable", Key={"pk": row["pk"], "sk": row["sk"]}
            )

    done = cli("replay", "--partner", "acme")

    assert done.code == 3
    assert "0 of 1 slices were put back." in done.out
    assert letters(batch(feed="portfolio")) == "g"


def test_a_replay_says_whose_batches_it_means(cli: Cli) -> None:
    """A command that is sent off too early must not touch every partner."""
    done = cli("replay")

    assert done.code == 2
    assert "Name a batch, or say --partner or --all." in done.err
