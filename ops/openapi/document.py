"""The whole document."""

import json
from typing import Any

from ops.openapi import loyalty, oauth, operations, portfolio, proposal, push

ABOUT = """Four contracts for partners' batches. The partners' guides say more: docs/portfolio.md, \
docs/push.md, docs/loyalty.md, docs/proposal.md. Bodies are strict JSON: a key twice in an object, \
`NaN` and more than 32 levels are refused. Any call may carry an `X-Correlation-Id` of its own."""
TAGS = {
    "portfolio": "A broker syncs its users' portfolios",
    "push": "A manufacturer pushes rows of a data set",
    "loyalty": "A retailer maintains cards, coupons and customers' segments",
    "proposal": "A supplier schedules changes of its listings",
}

CONTRACTS = (portfolio, push, loyalty, proposal)


def document() -> dict[str, Any]:
    """The document as OpenAPI 3.1 has it."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Batchgate", "version": "1", "description": ABOUT},
        "servers": [
            {
                "url": "https://{base}",
                "variables": {
                    "base": {
                        "default": "gateway.example.com/uat",
                        "description": "The base URL that you were given, with its stage",
                    }
                },
            }
        ],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": {
            path: {method: operation | {"tags": [contract.TAG]} for method, operation in of.items()}
            for contract in CONTRACTS
            for path, of in contract.PATHS.items()
        },
        "components": {
            "securitySchemes": portfolio.SECURITY
            | oauth.SECURITY
            | push.SECURITY
            | proposal.SECURITY,
            "headers": operations.HEADERS,
            "responses": operations.RESPONSES,
            "schemas": operations.SCHEMAS
            | oauth.SCHEMAS
            | portfolio.SCHEMAS
            | push.SCHEMAS
            | loyalty.SCHEMAS
            | proposal.SCHEMAS,
        },
    }


def text() -> str:
    """The document as it is kept."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"
