"""Run the gateway's own code on a stack, in a process of its own.

Its environment is read once and its clients are kept, so that two stacks in one process
would be taken for each other.
"""

import json
import os
import subprocess
import sys
from typing import Any

from local.places import REGION, ROOT
from local.stack import Stack


def run(stack: Stack, module: str, given: object) -> Any:
    """What a module prints as JSON when it is given this as JSON on its standard input."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers" / "batchgate")]),
        "AWS_ENDPOINT_URL": stack.endpoint_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "BATCHES_TABLE": stack.outputs["BatchesTable"],
        "RECORDS_TABLE": stack.outputs["RecordsTable"],
        "PARTNERS_TABLE": stack.outputs["PartnersTable"],
        "QUEUE_URL": stack.outputs["WorkQueueUrl"],
        "EVENT_BUS": stack.outputs["EventBus"],
        "MASTER_SECRET": stack.outputs["MasterSecretArn"],
        "BATCH_DAYS": "90",
        "POWERTOOLS_SERVICE_NAME": "local",
        # What it prints is read: nothing else may stand there.
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        "POWERTOOLS_METRICS_NAMESPACE": "Batchgate",
        "POWERTOOLS_METRICS_DISABLED": "true",
    }
    done = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(given),
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
