"""The template as SAM makes it, with all that can be switched on, under checkov's rules."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cloudformation import ROOT, chosen, decided, expanded, template
from tests.template.everything import EVERYTHING

SETTINGS = (ROOT / ".checkov.yaml").read_text(encoding="utf-8")
CLOSED = "http://127.0.0.1:1"
TWO_ENVIRONMENTS = pytest.mark.slow
"""The SAM CLI's and checkov's, which `make check` does without."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What checkov finds, without the settings that have it look away, and without a network."""
    folder = tmp_path_factory.mktemp("checkov")
    given = {**EVERYTHING, "Rollout": "canary"}
    made = decided(template(), chosen(**given)) | {"Conditions": {}}
    plain = {"Parameters": template()["Parameters"], "Resources": expanded(made, **given)}
    (folder / "plain.json").write_text(json.dumps(plain, indent=1), encoding="utf-8")
    done = subprocess.run(
        [
            ROOT / ".venv-checkov" / "bin" / "checkov",
            "--framework=cloudformation",
            "--skip-download",
            "--compact",
            "--output=json",
            "--file=plain.json",
        ],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true",
            "HTTPS_PROXY": CLOSED,
            "HTTP_PROXY": CLOSED,
        },
        stdout=subprocess.PIPE,
        text=True,
        check=False,  # it finds what is skipped below
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@TWO_ENVIRONMENTS
def test_checkov_finds_nothing_but_what_is_done_without_for_a_reason(
    report: dict[str, Any],
) -> None:
    """What is new must be put right, or done without on purpose; what is old must go."""
    found = {one["check_id"]: one for one in report["results"]["failed_checks"]}
    skipped = set(yaml.safe_load(SETTINGS)["skip-check"])

    assert {
        check: (one["check_name"], one["resource"])
        for check, one in found.items()
        if check not in skipped
    } == {}
    assert skipped - found.keys() == set()


@TWO_ENVIRONMENTS
def test_checkov_read_all_of_it(report: dict[str, Any]) -> None:
    """A template that it can't read has no faults either."""
    passed = {one["resource"].partition(".")[0] for one in report["results"]["passed_checks"]}

    assert report["summary"]["parsing_errors"] == 0
    assert passed >= {
        "AWS::ApiGateway::Stage",
        "AWS::DynamoDB::Table",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
    }


def test_what_is_done_without_has_its_reason_beside_it() -> None:
    """Nobody can tell later whether it still holds, otherwise."""
    bare = re.findall(r"^(?!  #).*\n  - (CKV\w+)", SETTINGS, re.MULTILINE)
    told = [
        one["comment"]
        for resource in template()["Resources"].values()
        for one in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]

    assert bare == []
    assert all(told)


def test_the_reasons_are_where_a_linter_is_told_to_look_away() -> None:
    """The same for cfn-lint, whose exceptions are in the template."""
    text = Path(ROOT, "template.yaml").read_text(encoding="utf-8")
    ignored = re.search(r"ignore_checks:\n((?:        .*\n)+)", text)

    assert ignored
    assert re.findall(r"^(?! +#).*\n +- (\w+)", ignored[1], re.MULTILINE) == []
    assert ignored[1].lstrip().startswith("#")
