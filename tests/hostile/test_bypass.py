"""Nobody gets past who is asked for, by whatever stands in a credential's place."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from batchgate import wiring
from tests.describing import Operation, operations
from tests.engine.calls import seen
from tests.gateway import Gateway
from tests.hostile.fuzzing import worked
from tests.hostile.tenants import Call, Tenant, sent_by, settled
from tests.hostile.tricks import OVERRIDES, TRICKS, carried, good, guesses, tricked
from tests.pushing import MASTER_DATA

ALL = {one.name: one for one in operations()}
READS = {"Query", "BatchGetItem", "GetItem", "GetSecretValue"}


@pytest.fixture(scope="module")
def acme(standing: Gateway) -> Iterator[Tenant]:
    """A partner of every contract."""
    with worked(standing):
        yield settled(standing, "acme", "odm/bom")


@pytest.fixture(scope="module")
def rival(standing: Gateway, acme: Tenant) -> Tenant:
    """Another one."""
    return settled(standing, "rival", "t1/inventory")


@pytest.fixture(scope="module")
def calls(acme: Tenant) -> dict[str, Call]:
    """A good call of each operation, on a batch that is there."""
    made = dict(good(acme))
    sent_by(acme, made["pushPost"])
    return made


@pytest.fixture(scope="module")
def others(rival: Tenant) -> dict[str, Call]:
    """The same of the other partner."""
    made = dict(good(rival))
    sent_by(rival, made["pushPost"])
    return made


def asked(call: Call, gateway: Gateway) -> tuple[int, str, dict[str, str], list[str]]:
    """An answer, and what was asked of AWS for it by a function that knows nobody yet."""
    wiring.partners.cache_clear()
    with seen() as made:
        answer = call.made(gateway)
    names = [name for name in made.names if name != "GetSecretValue"]
    return answer.status, answer.text, dict(answer.headers), names


def test_every_operation_has_a_good_call_here(calls: dict[str, Call], acme: Tenant) -> None:
    """A refusal proves something only where the same call is served with its credentials."""
    assert set(calls) == set(ALL)
    for name, call in calls.items():
        answer = call.made(acme.gateway)
        assert answer.status in {200, 204}, (name, answer.text)


@pytest.mark.parametrize("of", ALL.values(), ids=ALL.keys())
def test_a_trick_in_place_of_a_credential_is_refused(
    of: Operation, calls: dict[str, Call], others: dict[str, Call], acme: Tenant
) -> None:
    """With what the contract says, and nothing is written for it."""
    tried = 0
    for what, call in tricked(of, calls[of.name], others[of.name]):
        status, text, _, names = asked(call, acme.gateway)

        assert status in {400, 401}, (what, status, text)
        assert set(names) <= READS, (what, names)
        tried += 1
    assert tried > len(TRICKS) * len(carried(of)) * 0.8


@pytest.mark.parametrize("of", ALL.values(), ids=ALL.keys())
def test_no_header_stands_for_a_credential_or_another_method(
    of: Operation, calls: dict[str, Call], acme: Tenant
) -> None:
    """What proxies and frameworks listen to changes no answer, refused or served."""
    credentials = carried(of)
    bare = replace(
        calls[of.name],
        headers={k: v for k, v in calls[of.name].headers.items() if k not in credentials},
    )

    plain = asked(bare, acme.gateway)
    for extra in (OVERRIDES, *({name: values} for name, values in OVERRIDES.items())):
        assert asked(replace(bare, headers={**bare.headers, **extra}), acme.gateway) == plain
    if of.method == "get":
        served = asked(calls[of.name], acme.gateway)
        with_them = replace(calls[of.name], headers={**calls[of.name].headers, **OVERRIDES})
        assert asked(with_them, acme.gateway) == served
        assert served[0] == 200


@pytest.mark.parametrize("of", ALL.values(), ids=ALL.keys())
def test_a_headers_name_may_have_any_case(
    of: Operation, others: dict[str, Call], rival: Tenant
) -> None:
    """HTTP says so, and some clients write all names in lower case."""
    call = others[of.name]
    for change in (str.lower, str.upper):
        headers = {change(name): values for name, values in call.headers.items()}
        status, text, _, _ = asked(replace(call, headers=headers), rival.gateway)
        assert status in {200, 204}, text


@pytest.mark.parametrize("what", ["X-Api-Key", "Bearer", "Basic", "sign in", "client"])
def test_an_unknown_name_is_refused_as_a_wrong_secret(acme: Tenant, what: str) -> None:
    """The same answer, and the same calls of AWS: no answer tells whether a name is somebody's."""
    first, *rest = [asked(call, acme.gateway) for call in guesses(acme)[what]]

    assert first[0] == 401
    assert first[3] != []
    assert rest
    for one in rest:
        assert one == first


def test_who_is_shut_out_is_refused_as_nobody(rival: Tenant) -> None:
    """Good credentials of a partner that may not come any more tell nothing either."""
    calls = [rival.portfolio("portfolio_status"), rival.push("GET", batch_id="NONE")]
    nobodys = [guesses(rival)["X-Api-Key"][0], guesses(rival)["Bearer"][0]]
    wiring.partners().disable(rival.name)
    try:
        for call, nobody in zip(calls, nobodys, strict=True):
            assert asked(call, rival.gateway) == asked(nobody, rival.gateway)
    finally:
        wiring.partners().disable(rival.name, disabled=False)
        wiring.partners.cache_clear()


@pytest.mark.parametrize(
    "place",
    [
        ("odm", "master_data/"),
        ("odm", "/master_data"),
        ("odm/", "master_data"),
        ("odm", "master_data\x00"),
        ("odm", "./master_data"),
        ("odm/../odm", "master_data"),
        ("..", "datasets/odm/master_data"),
        ("odm", "master_data.toml"),
        ("odm%2Fmaster_data", "x"),
        ("odm", "MASTER_DATA"),
        ("odm", "master_data;x"),
        ("odm", "master_data?x"),
        ("odm", "ｍaster_data"),
        ("", ""),
        ("odm", "m" * 100_000),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
def test_no_way_of_writing_a_path_leads_past_the_data_set(
    acme: Tenant, place: tuple[str, str], method: str
) -> None:
    """To the letter, or it is not there; and without credentials not even that is told."""
    call = acme.push(method, {}, MASTER_DATA, **({"batch_id": "B"} if method == "GET" else {}))
    elsewhere = replace(call, path={"data_category": place[0], "biz_key": place[1]})

    answer = elsewhere.made(acme.gateway)
    bare = replace(elsewhere, headers={}).made(acme.gateway)

    assert (answer.status, answer.text) == (404, '{"code":"404","msg":"Path does not exist"}')
    assert (bare.status, bare.text) == (401, '{"code":"401","msg":"Token error"}')
