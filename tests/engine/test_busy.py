"""A service that is busy is not the slice's fault, however long it lasts."""

import pytest
from botocore.exceptions import ClientError

from batchgate import aws
from batchgate.errors import Busy
from batchgate.model import Tally
from tests.engine.calls import answering, refusal
from tests.engine.making import admit, desk, item
from tests.gateway import Gateway

THROTTLED = refusal("ThrottlingException")
REFUSED = refusal("ValidationException")


def test_tries_that_met_a_busy_service_do_not_give_a_slice_up(gateway: Gateway) -> None:
    """Accepted work must not end as failed because DynamoDB throttled for some minutes."""
    (work,) = admit(item("FPT"))
    for received in (1, 2, 3, 4):
        with answering("TransactWriteItems", THROTTLED), pytest.raises(Busy):
            desk().work(work, received=received)

    assert desk().work(work, received=5) == Tally(inserted=1)


def test_a_try_that_met_a_busy_service_is_worth_none_and_no_other(gateway: Gateway) -> None:
    """Given back twice, it would let a slice that kills its worker kill one more."""
    (work,) = admit(item("FPT"))
    with answering("TransactWriteItems", THROTTLED), pytest.raises(Busy):
        desk().work(work, received=3)
    for _ in range(2):
        with answering("TransactWriteItems", REFUSED), pytest.raises(ClientError):
            desk().work(work, received=4)

    assert desk().work(work, received=4) == Tally(failed=1)


@pytest.mark.parametrize(
    "code",
    ["RequestThrottled", "AWS.SimpleQueueService.RequestThrottled", "KMS.ThrottlingException"],
)
def test_a_queue_that_refuses_for_load_is_busy_however_its_code_is_spelt(
    gateway: Gateway, code: str
) -> None:
    """SQS names some refusals in its own way; as our own failure one would use up tries."""
    with answering("GetQueueUrl", refusal(code)), pytest.raises(Busy), aws.busy():
        aws.client("sqs").get_queue_url(QueueName="any")
