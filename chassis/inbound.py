"""A message on its way to its decision: read from a record, with its handler."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel, ValidationError

from chassis.actor import ActorContext, Handler
from chassis.unit_of_work import Cause
from contracts.envelope import Envelope
from contracts.erasing import erased_text
from contracts.message import Command, Event, Message, message_class
from transport.records import Record, with_value

MessageKey = tuple[UUID, str, str, int | UUID]
"""A message's agency, sender, topic and number. Its id is not trusted: a sender may use one twice."""


@dataclass(slots=True)
class InboundMessage:
    """`data` is None for a type that this service does not handle, and for data that cannot be read (`fault`)."""

    envelope: Envelope
    record: Record
    data: BaseModel | None
    handler: Handler | None
    fault: str | None = None
    deferred_id: int | None = None

    @property
    def key(self) -> MessageKey:
        """The key of a message, the same when it comes again. A reply has no number, so its id counts."""
        envelope = self.envelope
        return envelope.agency_id, envelope.sender, self.record.topic, envelope.seq or envelope.id

    @property
    def is_command(self) -> bool:
        """Whether a sender waits for an outcome."""
        model = message_class(self.envelope.type)
        return model is not None and issubclass(model, Command)

    @property
    def is_known_by_its_id(self) -> bool:
        """Whether it is an event without a number. A reply has none either, and is of no use twice."""
        return not self.envelope.seq and issubclass(message_class(self.envelope.type) or Message, Event)

    @property
    def cause(self) -> Cause:
        """The cause of the decision."""
        envelope = self.envelope
        return Cause(
            envelope.agency_id,
            envelope.id,
            envelope.correlation_id,
            envelope.actor,
            envelope.type,
            envelope.type if self.is_command else None,
            envelope.traceparent,
            envelope.time,
        )

    def erase(self, ids: Collection[UUID]) -> None:
        """Leave name and address of people out who were erased while the message was under way."""
        model, value = message_class(self.envelope.type), self.record.value or b""
        if ids and model is not None and (without := erased_text(model, value, ids)) is not value:
            self.record = with_value(self.record, str(without).encode())
            if self.data is not None:
                self.data = model.model_validate_json(without)

    def handle(self, state: object, ctx: ActorContext) -> None:
        """Call the handler, if there is one."""
        if self.handler is not None:
            self.handler(state, self.data, ctx)


def read_message(
    handlers: Mapping[type[Message], Handler], envelope: Envelope, record: Record, deferred_id: int | None = None
) -> InboundMessage:
    """Read a record. Data that cannot be read is the message's fault."""
    model = message_class(envelope.type)
    handler = None if model is None else handlers.get(model)
    data = fault = None
    if model is not None and handler is not None:
        try:
            data = model.model_validate_json(record.value or b"")
        except ValidationError as wrong:
            first = wrong.errors(include_input=False, include_url=False)[0]
            # Only the field's name: the rest of the path may quote data.
            fault = f"data: {next(iter(first['loc']), '')}: {first['type']}"
    return InboundMessage(envelope, record, data, handler, fault, deferred_id)
