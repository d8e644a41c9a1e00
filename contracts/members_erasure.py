"""Messages of the members service about the erasure of a person: names and addresses leave every service."""

from __future__ import annotations

from uuid import UUID

from contracts.message import Command, Event


class Erase(Command, type="members.erase.v1", outcomes=("members.erased.v1",)):
    """An admin or the operator erases a Removed member. It cannot be undone."""

    member_id: UUID


class Erased(Event, type="members.erased.v1"):
    """The member's name and addresses are to leave every service: its tables, its outbox, and what it wrote to the bus.

    The row of the member stays, with its history, under the same id and without a name. The mailbox is nobody's from
    now on: whoever signs up with it is a new member.
    """

    member_id: UUID

    @property
    def erases(self) -> UUID:
        """The member."""
        return self.member_id
