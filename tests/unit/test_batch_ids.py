"""The id that a batch is given when it comes without one."""

import pytest

from batchgate.contracts.portfolio.submit import made_id


@pytest.mark.parametrize(
    ("partner", "signature", "batch"),
    [
        ("acme", "ab" * 32, "1e43e22e-72dd-5f36-b3d0-4f8653d6b49c"),
        ("acme", "AB" * 32, "1e43e22e-72dd-5f36-b3d0-4f8653d6b49c"),
        ("other", "ab" * 32, "01d60eaf-8aec-5c0d-b211-3274f136455d"),
    ],
)
def test_a_made_id_depends_on_partner_and_signature_only(
    partner: str, signature: str, batch: str
) -> None:
    """Neither a restart nor a new version may turn a replay into another batch."""
    assert made_id(partner, signature) == batch
