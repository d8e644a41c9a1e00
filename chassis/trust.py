"""What a receiver believes: a sender within what the contracts allow it, and a command with the MAC of a key.

What it does not believe is quarantined before anything is counted: it takes no number away from the real sender.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.records import Outgoing, Publish, Record
from contracts.envelope import Envelope
from contracts.macs import CommandKeys, is_of_commands
from contracts.senders import may_send


@dataclass(frozen=True, slots=True)
class Trust:
    """Without keys, MACs are neither made nor checked: for a service in a test."""

    keys: CommandKeys | None = None

    def why_not(self, envelope: Envelope, record: Record) -> str | None:
        """Why a record is not believed, for the operator; None for one that is."""
        if not may_send(envelope.sender, envelope.type, record.topic):
            return f"{envelope.sender} may not send {envelope.type} to {record.topic}"
        return None if self.is_authentic(record) else "no key of ours has made the MAC of this command"

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

        async def signed(records: Sequence[Outgoing]) -> Sequence[bool]:
            return await publish([record._replace(headers=keys.signed(*record)) for record in records])

        return signed
