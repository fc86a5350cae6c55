"""What the three endpoints share, wired up."""

from functools import partial

from batchgate import engine, wiring
from batchgate.contracts.loyalty import answers, calls
from batchgate.contracts.loyalty.items import Kind
from batchgate.http import Handler, Reply, Request, endpoint


def administer(kind: Kind) -> Handler:
    """The Lambda handler that maintains one kind of record."""

    @endpoint(refuse=partial(answers.refuse, kind))
    def handler(request: Request) -> Reply:
        account = calls.authenticate(request, wiring.partners(), wiring.clock)
        asked = calls.read(
            request,
            account,
            kind,
            wiring.cvv_key,
            wiring.batches().standing,
            wiring.clock,
        )
        verdict = engine.exchange(
            asked.part, wiring.batches(), wiring.queue(), wiring.clock, revisions=1
        )
        return answers.answer(verdict, asked, kind)

    return handler
