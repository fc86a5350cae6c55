"""What a month costs, as the guide says it."""

import pytest

from bench import month


def test_rows_cost_what_was_measured_times_how_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A dollar per million is ten for ten million."""
    monkeypatch.setattr(month, "per_million", lambda _: (1.0, 2.0, 3.0))

    assert month.rows("key order", 5) == (2.0, 20.0, 200.0)


def test_the_measured_figures_are_those_of_the_decisions() -> None:
    """There they are kept, and there `make bench` brings them up to date."""
    nothing, some, all_ = month.per_million("key order")

    assert 0 < nothing < some < all_ < 1
    assert month.per_million("random order") > (nothing, some, all_)
    with pytest.raises(ValueError, match="no costs of rows in no order"):
        month.per_million("no order")


def test_an_idle_gateway_pays_for_what_is_there_all_month() -> None:
    """Two queues are asked 15 times a minute, which is 1,296,000 requests in 30 days."""
    lines = dict(month.beside())

    (idle,) = (dollars for name, dollars in lines.items() if "idle queues" in name)
    assert idle == pytest.approx((0.737,) * 3, abs=0.01)


def test_metrics_are_counted_with_their_dimensions() -> None:
    """15 endpoints have four metrics each and 12 feeds three; 16 are the whole stack's."""
    assert any(name.startswith("metrics of our own (112,") for name, _ in month.beside())


def test_the_guide_says_what_comes_out() -> None:
    """`make cost` brings it up to date when a price, a figure or the template changes."""
    text = month.GUIDE.read_text(encoding="utf-8")

    assert f"{month.BEGIN}\n{month.markdown()}\n{month.END}" in text
