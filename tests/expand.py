"""Run SAM's transform on a template, in the environment of the SAM CLI, which has it.

Takes `{"template", "parameters"}` as JSON on its standard input, prints the resources.
"""

import json
import sys

from samtranslator.translator.transform import transform


class NoPolicies:
    """The template writes its roles out: no ready-made policy is looked up."""

    def load(self) -> dict[str, str]:
        return {}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    for name, resource in given["template"]["Resources"].items():
        # As `sam package` leaves them.
        match resource["Type"]:
            case "AWS::Serverless::Function":
                resource["Properties"]["CodeUri"] = f"s3://bucket/{name}"
            case "AWS::Serverless::LayerVersion":
                resource["Properties"]["ContentUri"] = f"s3://bucket/{name}"
    made = transform(given["template"], given["parameters"], NoPolicies())
    json.dump(made["Resources"], sys.stdout)
