"""Two partners on each of the four contracts."""

from collections.abc import Sequence
from typing import Any

from local import partners
from local.stack import Stack
from proof.book import Book
from proof.senders import Broker, Maker, Retailer
from proof.sending import Sender
from proof.suppliers import Supplier

KINDS = ("portfolio", "push", "loyalty", "proposal")


def crowd(stack: Stack, book: Book, *, rows: int, pause_s: float, soon_s: int) -> Sequence[Sender]:
    """Two partners on each contract; of the suppliers' proposals, one's act at once."""
    names = {f"{kind}-{at}": (kind, f"{kind}-{at}") for kind in KINDS for at in range(2)}
    known = partners.ensure(stack, names)
    made: list[Sender] = []
    for seed, (name, (kind, _)) in enumerate(names.items()):
        of = (stack.base_url, known[name], name, book)
        how: dict[str, Any] = {"rows": rows, "pause_s": pause_s, "seed": seed}
        match kind:
            case "portfolio":
                made.append(Broker(*of, **how))
            case "push":
                made.append(Maker(*of, **how))
            case "loyalty":
                made.append(Retailer(*of, **how))
            case _:
                made.append(Supplier(*of, soon_s=None if seed % 2 else soon_s, **how))
    return made
