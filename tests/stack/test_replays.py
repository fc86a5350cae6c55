"""The same call, the same batch or the same message, more than once."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from local.client import BATCH
from local.stack import Stack
from tests.stack.broker import Broker, batch, counters, told
from tests.stack.keep_part import keep_part
from tests.stack.troubles import rows, send

pytestmark = pytest.mark.stack

AT_ONCE = 20


def test_the_same_submit_sent_twenty_times_at_once_is_one_batch(
    brokers: Mapping[str, Broker], stack: Stack
) -> None:
    """A broker's gateway may repeat what it thinks is lost: one batch, counted once."""
    broker = brokers["crowd"]
    sent = batch("investor-1", "investor-2", "investor-3")
    body = json.dumps(sent).encode()
    query = broker.signed(body, {"recvWindow": "60000"})
    start = Barrier(AT_ONCE)

    def call(_: int) -> httpx.Response:
        start.wait()
        return broker.send("POST", BATCH, query, body=body)

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        answers = list(crowd.map(call, range(AT_ONCE)))

    want = f'{{"status":200,"message":"Success","data":{{"batchId":"{sent["batchId"]}"'
    assert {answer.text for answer in answers} == {f'{want},"totalCount":3}}}}'}
    assert {answer.status_code for answer in answers} == {200}
    assert counters(broker.ended()) == (3, 3, 0, 0)
    assert len(rows(stack, broker, sent, "m/")) == 1


def test_a_signed_call_without_batch_id_replayed_is_the_same_batch(acme: Broker) -> None:
    """Its id is made of partner and signature, so that a repeated call adds nothing."""
    sent = batch("investor-1")
    body = json.dumps({"portfolios": sent["portfolios"]}).encode()
    query = acme.signed(body)

    first = acme.send("POST", BATCH, query, body=body)
    again = acme.send("POST", BATCH, query, body=body)
    another = acme.send("POST", BATCH, acme.signed(body, {"recvWindow": "4000"}), body=body)

    assert first.json()["data"]["totalCount"] == 1
    assert again.content == first.content
    assert another.json()["data"]["batchId"] != first.json()["data"]["batchId"]


def test_a_batch_id_used_again_with_other_content_is_refused(acme: Broker) -> None:
    """What the first call was answered for stays as it is."""
    first = batch("investor-1", "investor-2")
    other = {**batch("investor-3", "investor-4"), "batchId": first["batchId"]}
    acme.submit(first)

    refused = acme.submit(other)

    assert told(refused) == (409, "Batch id already used with other content")
    assert told(acme.submit(first)) == (200, "Success")
    assert counters(acme.ended(batchId=first["batchId"])) == (2, 2, 0, 0)


def test_a_message_delivered_twice_is_counted_once(stack: Stack, acme: Broker) -> None:
    """SQS may hand the worker one message twice; the batch still adds up."""
    sent, next_one = batch("investor-1", "investor-2"), batch("investor-1", "investor-2")
    messages = keep_part(stack, acme.name, sent)
    for message in messages + messages:
        send(stack, "WorkQueueUrl", message)
    acme.ended(batchId=sent["batchId"])
    acme.submit(next_one)

    acme.ended(batchId=next_one["batchId"])  # came behind the repeated ones, in their groups

    assert counters(acme.status(batchId=sent["batchId"])) == (2, 2, 0, 0)
    tallies = rows(stack, acme, sent, "#t/")
    names = ("inserted", "updated", "unchanged", "failed")
    assert sum(int(row[name]["N"]) for row in tallies for name in names if name in row) == 2
