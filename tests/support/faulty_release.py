"""The `headcount` program with a planted fault: seats raises for every message about an agency named in FAULTY."""

import os
from collections.abc import Mapping
from typing import Any

import services.seats.app
from chassis.actor import ActorContext, Handler
from contracts.message import Message
from services.cli import main


def with_fault(handlers: Mapping[type[Message], Handler], agencies: set[str]) -> Mapping[type[Message], Handler]:
    """Return the table of handlers, each with the fault."""

    def faulty(handler: Handler) -> Handler:
        def decide(state: Any, message: Any, ctx: ActorContext) -> None:  # noqa: ANN401  any handler's
            if str(ctx.agency_id) in agencies:
                raise RuntimeError("a release with a fault in it")
            handler(state, message, ctx)

        return decide

    return {message_type: faulty(handler) for message_type, handler in handlers.items()}


if __name__ == "__main__":
    services.seats.app.HANDLERS = with_fault(services.seats.app.HANDLERS, set(os.environ["FAULTY"].split(",")))  # type: ignore[attr-defined]  # a planted fault
    main()
