"""What the template promises of queues, tables and the secret: nothing in them gets lost."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloudformation import functions, properties, resources, template

FUNCTIONS = functions()
TABLES = resources("AWS::DynamoDB::Table")
QUEUES = resources("AWS::SQS::Queue")
KEPT = {"Fn::If": ["Protected", "Retain", "Delete"]}


def queues_read() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, function in FUNCTIONS.items():
        for event in function["Events"].values():
            if event["Type"] == "SQS":
                queue, _ = event["Properties"]["Queue"]["Fn::GetAtt"].split(".")
                yield name, queue, event["Properties"]


def test_visibility_is_six_timeouts() -> None:
    """A shorter one lets a second worker take a slice that is still being worked."""
    for name, queue, _ in queues_read():
        assert properties(queue)["VisibilityTimeout"] >= 6 * FUNCTIONS[name]["Timeout"]


def test_a_failed_message_does_not_bring_back_its_neighbours() -> None:
    """Without partial responses, one failure makes a whole batch come again."""
    readers = list(queues_read())

    assert {queue for _, queue, _ in readers} == {"WorkQueue", "DeadQueue"}
    for _, _, trigger in readers:
        assert trigger["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_five_tries_then_the_dead_letter_queue() -> None:
    """What can't be worked must leave its group, or the group waits for ever.

    A dead letter has no tries: whatever happens it stays until it is given up, and rings.
    """
    assert "RedrivePolicy" not in properties("DeadQueue")
    assert properties("WorkQueue")["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": "DeadQueue.Arn"},
        "maxReceiveCount": 5,
    }


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_is_encrypted_and_keeps_messages_14_days(name: str) -> None:
    """Fourteen days is the longest that SQS keeps anything: time to repair."""
    queue = properties(name)

    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 60 * 60


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_keeps_order_per_group_and_works_groups_in_parallel(name: str) -> None:
    """Without these two, all partners of a queue share 300 messages a second."""
    queue = properties(name)

    assert queue["FifoQueue"] is True
    assert queue["DeduplicationScope"] == "messageGroup"
    assert queue["FifoThroughputLimit"] == "perMessageGroupId"


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_encrypted_recoverable_and_expires_what_has_an_end(name: str) -> None:
    """What partners sent is theirs: neither lost nor kept longer than said."""
    table = properties(name)

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_protected_unless_the_stack_is_told_otherwise(name: str) -> None:
    """Deleting a production stack by mistake must not delete data."""
    assert template()["Parameters"]["DeletionProtection"]["Default"] == "true"
    assert template()["Conditions"]["Protected"] == {
        "Fn::Equals": [{"Ref": "DeletionProtection"}, "true"]
    }
    assert properties(name)["DeletionProtectionEnabled"] == {"Fn::If": ["Protected", True, False]}
    assert TABLES[name]["DeletionPolicy"] == KEPT
    assert TABLES[name]["UpdateReplacePolicy"] == KEPT


def test_the_master_secret_outlives_the_stack() -> None:
    """Partners' secrets are derived from it: without it, every partner is locked out."""
    secret = resources("AWS::SecretsManager::Secret")["MasterSecret"]

    assert secret["DeletionPolicy"] == KEPT
    assert secret["UpdateReplacePolicy"] == KEPT


def test_the_master_secret_is_made_as_it_was_made_the_first_time() -> None:
    """Whatever changes here makes CloudFormation put a new secret in place of all versions."""
    assert properties("MasterSecret")["GenerateSecretString"] == {
        "SecretStringTemplate": "{}",
        "GenerateStringKey": "v1",
        "PasswordLength": 64,
        "RequireEachIncludedType": False,
        "ExcludeCharacters": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    }
