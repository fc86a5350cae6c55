"""Who may push, over real HTTP: tokens by both grants, Basic, and what everybody else gets."""

from collections.abc import Mapping

import pytest

from tests.stack.maker import DATA_SET, SUCCESS, Maker, row, sequence

pytestmark = pytest.mark.stack

TOKEN_ERROR = '{"code":"401","msg":"Token error"}'
NO_PATH = '{"code":"404","msg":"Path does not exist"}'
CHALLENGE = 'Bearer realm="push", Basic realm="push"'


def test_a_client_gets_a_token_and_pushes_with_it(makers: Mapping[str, Maker]) -> None:
    """Credentials in the header or in the form: both are right."""
    maker = makers["sampler"]
    form = {"grant_type": "client_credentials"}

    for answer in (
        maker.ask(form, maker.basic("client_id", "client_secret")),
        maker.ask({**form, **maker.credentials}),
    ):
        told = answer.json()
        token = told.pop("access_token")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert told == {"scope": "default", "token_type": "Bearer", "expires_in": 600}
        looked = maker.send("GET", f"{DATA_SET}?batch_id=NONE", authorization=f"Bearer {token}")
        assert looked.text == '{"code":"404","msg":"Batch not found"}'


def test_a_user_gets_a_token_and_pushes_with_it(makers: Mapping[str, Maker]) -> None:
    """The grant that some partners have is for them, and the other one is not."""
    maker = makers["user"]
    client = maker.basic("client_id", "client_secret")
    user = {one: maker.credentials[one] for one in ("username", "password")}

    answer = maker.ask({"grant_type": "password", **user}, client)
    other_grant = maker.ask({"grant_type": "client_credentials"}, client)
    wrong = maker.ask({"grant_type": "password", **user, "password": "guessed"}, client)

    told = answer.json()
    token = told.pop("access_token")
    assert told == {"scope": "default", "token_type": "Bearer", "expires_in": 600}
    pushed = maker.send(
        "POST",
        DATA_SET,
        '{"batch_id":"U1","batch_size":1,"seq_id":"1","seq_size":1,"data":'
        '[{"LENOVO_PN":"SD10W00001","PLANT":"H121","QTY":1}]}',
        authorization=f"Bearer {token}",
    )
    assert pushed.text == SUCCESS
    assert other_grant.status_code == 400
    assert other_grant.json()["error"] == "unauthorized_client"
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")


def test_a_partner_with_basic_pushes_without_any_token(makers: Mapping[str, Maker]) -> None:
    """Each call carries the credentials; the token endpoint does not know them."""
    maker = makers["basic"]

    pushed = maker.push("POST", DATA_SET, sequence("B1", [row(1)]))
    refused = maker.ask({"grant_type": "client_credentials"}, maker.basic())

    assert pushed.text == SUCCESS
    assert maker.done("B1")["inserted"] == 1
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert refused.headers["www-authenticate"] == 'Basic realm="token"'


@pytest.mark.parametrize(
    "given",
    ["nothing", "altered", "another's", "client as Basic", "user as Basic", "token as Basic"],
)
def test_whoever_is_not_set_up_for_it_gets_a_token_error(
    makers: Mapping[str, Maker], given: str
) -> None:
    """Nothing is told of why, and nothing of the data set is touched."""
    maker, user = makers["sampler"], makers["user"]
    last = "A" if maker.bearer[-1] != "A" else "B"
    authorization = {
        "nothing": None,
        "altered": f"Bearer {maker.bearer[:-1]}{last}",
        # Another's secret part under the own name.
        "another's": f"Bearer {maker.bearer[:-43]}{user.bearer[-43:]}",
        "client as Basic": maker.basic("client_id", "client_secret"),
        "user as Basic": user.basic(),
        "token as Basic": f"Basic {maker.bearer}",
    }[given]
    body = '{"batch_id":"NONE","batch_size":1,"seq_id":"1","seq_size":1,"data":[{}]}'

    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = maker.send(method, DATA_SET, body, authorization=authorization)

        assert (answer.status_code, answer.text) == (401, TOKEN_ERROR)
        assert answer.headers["www-authenticate"] == CHALLENGE
    looked = maker.send("GET", f"{DATA_SET}?batch_id=NONE", authorization=authorization)
    assert (looked.status_code, looked.text) == (401, TOKEN_ERROR)


def test_another_partners_batch_is_not_found(makers: Mapping[str, Maker]) -> None:
    """A batch belongs to its partner: with a good token of one's own, it is not there."""
    maker, other = makers["basic"], makers["sampler"]
    maker.push("POST", DATA_SET, sequence("OWN", [row(7)]))

    answer = other.status(DATA_SET, "OWN")

    assert (answer.status_code, answer.text) == (404, '{"code":"404","msg":"Batch not found"}')
    assert maker.status(DATA_SET, "OWN").status_code == 200


@pytest.mark.parametrize(
    "path", ["odm/nothing", "nobody/master_data", "ODM/master_data", "odm/master_data%20"]
)
def test_a_data_set_that_does_not_exist_is_not_found(
    makers: Mapping[str, Maker], path: str
) -> None:
    """Only what is declared is there, to the letter."""
    maker = makers["sampler"]

    answer = maker.send("POST", path, "{}", authorization=f"Bearer {maker.bearer}")

    assert (answer.status_code, answer.text) == (404, NO_PATH)


@pytest.mark.parametrize("path", ["odm/master_data%2Fx", "odm%2Fmaster_data/x", "..%2Fodm/bom"])
def test_an_encoded_slash_leads_to_no_data_set(makers: Mapping[str, Maker], path: str) -> None:
    """The emulator splits the path there and finds nothing; AWS hands it to the function."""
    maker = makers["sampler"]

    answer = maker.send("POST", path, "{}", authorization=f"Bearer {maker.bearer}")

    assert (answer.status_code, answer.text) == (403, '{"message":"Missing Authentication Token"}')


def test_a_body_over_its_limit_is_refused_whole(makers: Mapping[str, Maker]) -> None:
    """1,048,576 bytes are taken, one more is not, and the answer tells the limit."""
    maker = makers["basic"]
    body = (
        '{"batch_id":"LARGE","batch_size":1,"seq_id":"1","seq_size":1,"data":'
        '[{"LENOVO_PN":"SD10W00009","PLANT":"H121","QTY":1}]}'
    )

    larger = maker.send("POST", DATA_SET, body.ljust(1_048_577), authorization=maker.basic())
    unknown = maker.status(DATA_SET, "LARGE")
    largest = maker.send("POST", DATA_SET, body.ljust(1_048_576), authorization=maker.basic())

    assert larger.status_code == 413
    assert larger.text == (
        '{"code":"E00V00","msg":"data verification failed! body: at most 1048576 bytes"}'
    )
    assert unknown.status_code == 404
    assert (largest.status_code, largest.text) == (200, SUCCESS)
