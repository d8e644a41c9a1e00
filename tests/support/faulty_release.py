"""`headcount` as a release of it with a fault in seats: deciding anything about an agency named in FAULTY raises."""

import os
from collections.abc import Mapping
from typing import Any

import services.seats.app
from chassis.actor import ActorContext, Handler
from contracts.message import Message
from services.cli import main


def with_fault(heard: Mapping[type[Message], Handler], agencies: set[str]) -> Mapping[type[Message], Handler]:
    """The table of what is heard, and its handlers with the fault."""

    def faulty(handler: Handler) -> Handler:
        def decide(state: Any, message: Any, ctx: ActorContext) -> None:  # noqa: ANN401  any handler's
            if str(ctx.agency_id) in agencies:
                raise RuntimeError("a release with a fault in it")
            handler(state, message, ctx)

        return decide

    return {kind: faulty(handler) for kind, handler in heard.items()}


if __name__ == "__main__":
    services.seats.app.HANDLERS = with_fault(services.seats.app.HANDLERS, set(os.environ["FAULTY"].split(",")))  # type: ignore[attr-defined]  # a planted fault
    main()
