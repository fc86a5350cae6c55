"""What gets lost or can't be worked: every batch ends, and nobody waits for another's trouble."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from local.stack import Stack
from tests.stack.broker import Broker, batch, counters, until
from tests.stack.keep_part import keep_part
from tests.stack.logs import lines
from tests.stack.troubles import USERS, Troubles, lose_content, send

pytestmark = pytest.mark.stack

GIVEN_UP = "Không xử lý được sau nhiều lần thử"


@pytest.fixture
def unlucky(brokers: Mapping[str, Broker]) -> Broker:
    """The partner who has the troubles."""
    return brokers["unlucky"]


def sweep(stack: Stack) -> dict[str, Any]:
    """Run the sweep now; what it answers."""
    done = stack.client("lambda").invoke(FunctionName=stack.outputs["Sweep"], Payload=b"{}")
    answer: dict[str, Any] = json.loads(done["Payload"].read())
    assert "FunctionError" not in done, answer
    return answer


def test_slices_that_are_never_sent_are_found_by_the_sweep(stack: Stack, unlucky: Broker) -> None:
    """A function that dies between storing and sending loses nothing that it accepted."""
    lost = batch(*USERS)
    keep_part(stack, unlucky.name, lost, age_s=300)
    assert counters(unlucky.status(batchId=lost["batchId"])) == (8, 0, 0, 8)

    sweep(stack)

    assert counters(unlucky.ended(batchId=lost["batchId"])) == (8, 8, 0, 0)


def test_the_sweep_leaves_young_batches_alone(stack: Stack, unlucky: Broker) -> None:
    """What was accepted a moment ago is still on its way."""
    young, later = batch("investor-1"), batch("investor-1")
    messages = keep_part(stack, unlucky.name, young)

    sweep(stack)

    unlucky.submit(later)
    unlucky.ended(batchId=later["batchId"])  # in the same group: nothing came before it
    assert counters(unlucky.status(batchId=young["batchId"])) == (1, 0, 0, 1)
    for message in messages:
        send(stack, "WorkQueueUrl", message)
    assert counters(unlucky.ended(batchId=young["batchId"])) == (1, 1, 0, 0)


def test_a_slice_in_the_dead_letter_queue_is_given_up(stack: Stack, unlucky: Broker) -> None:
    """Its users learn that it failed, and the batch ends."""
    dead = batch(*USERS)
    for message in keep_part(stack, unlucky.name, dead):
        send(stack, "DeadQueueUrl", message)

    answer = unlucky.ended(batchId=dead["batchId"])

    assert counters(answer) == (8, 0, 8, 0)
    assert [(row["userId"], row["message"]) for row in answer.json()["data"]["failures"]] == [
        (user, GIVEN_UP) for user in USERS
    ]


def test_a_poisoned_slice_is_given_up_and_those_behind_it_are_worked(
    unlucky: Broker, troubles: Troubles
) -> None:
    """It costs its own batch, not its group: what came after it ends well."""
    behind = unlucky.ended(batchId=troubles.behind)
    poisoned = unlucky.ended(batchId=troubles.poisoned)

    assert counters(behind) == (8, 8, 0, 0)
    assert [row["userId"] for row in behind.json()["data"]["successes"]] == USERS
    assert counters(poisoned) == (8, 0, 8, 0)
    assert [row["message"] for row in poisoned.json()["data"]["failures"]] == [GIVEN_UP] * 8


def test_a_batch_whose_content_is_lost_hides_no_other(stack: Stack, rival: Broker) -> None:
    """The status of all batches tells what is known of each."""
    lost, whole = batch("investor-1", "investor-2"), batch("investor-3")
    for one in (lost, whole):
        rival.submit(one)
        rival.ended(batchId=one["batchId"])

    lose_content(stack, rival, lost)

    answer = rival.status()
    assert answer.status_code == 200
    told_batches = [row["batchId"] for row in answer.json()["data"]["successes"]]
    assert told_batches.count(whole["batchId"]) == 1
    assert told_batches.count(lost["batchId"]) == 2


def test_an_unreadable_message_is_dropped_in_the_end_and_blocks_nobody(
    stack: Stack, acme: Broker, troubles: Troubles
) -> None:
    """It is tried, lands in the dead-letter queue, is logged there and gone."""
    sent = batch("investor-1", "investor-2")
    acme.submit(sent)
    assert counters(acme.ended(batchId=sent["batchId"])) == (2, 2, 0, 0)

    (dropped,) = until(lambda: lines(stack, "GiveUp", troubles.unreadable))

    told = json.loads(dropped)
    assert (told["level"], told["message"]) == ("ERROR", "unreadable message")
    assert "partner" not in told  # of a slice that was worked before
    until(lambda: waiting(stack, "WorkQueueUrl") + waiting(stack, "DeadQueueUrl") == 0)


def waiting(stack: Stack, queue: str) -> int:
    """How many messages a queue holds, visible or not."""
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    found = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs[queue], AttributeNames=list(names)
    )["Attributes"]
    return sum(int(found[name]) for name in names)
