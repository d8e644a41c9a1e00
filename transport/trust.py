"""Believe a record only if the contracts allow its sender to send it, and a command only with the MAC of a key.

Any other record is quarantined before anything is counted, so that it takes no number away from the real sender.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from contracts.envelope import Envelope, UnreadableEnvelopeError
from contracts.macs import CommandKeys, is_of_commands
from contracts.senders import may_send
from transport.records import Outgoing, Publish, Record

log = structlog.get_logger(__name__)


class NotBelievedError(UnreadableEnvelopeError):
    """Somebody wrote what its alleged sender did not send. The message is a reason for the operator."""

    def __init__(self, reason: str, envelope: Envelope) -> None:
        super().__init__(reason)
        self.agency_id, self.type = envelope.agency_id, envelope.type
        log.error("inbox.not_believed", agency_id=str(self.agency_id), reason=reason[:200])


@dataclass(frozen=True, slots=True)
class Trust:
    """Without keys, MACs are neither made nor checked: for a service in a test."""

    keys: CommandKeys | None = None

    def read(self, record: Record) -> Envelope:
        """The envelope of a record. UnreadableEnvelopeError, and NotBelievedError for one that is not believed."""
        envelope = Envelope.read(record.key, record.headers)
        if not may_send(envelope.sender, envelope.type, record.topic):
            raise NotBelievedError(f"{envelope.sender} may not send {envelope.type} to {record.topic}", envelope)
        if not self.is_authentic(record):
            raise NotBelievedError("no key of ours has made the MAC of this command", envelope)
        return envelope

    def is_authentic(self, record: Record) -> bool:
        """Whether one of the keys has made the MAC of a record on a topic of commands. Others carry none."""
        if self.keys is None or not is_of_commands(record.topic):
            return True
        return self.keys.are_behind(record.topic, record.key or b"", record.value or b"", record.headers)

    def signing(self, publish: Publish) -> Publish:
        """Publish with the MACs of commands."""
        keys = self.keys
        if keys is None:
            return publish

        async def signed(records: Sequence[Outgoing]) -> Sequence[bool | str]:
            return await publish([record._replace(headers=keys.signed(*record)) for record in records])

        return signed
