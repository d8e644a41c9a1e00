"""Codes and links for signing in, and the wrong tries that count against them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.gateway.model.operation import Operation


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code and a link for an address. One without a member gets the same row, so that nothing tells it apart.

    The mail goes to `email`, exactly as it was typed. `sealed` is what it will say; only the notifier opens it.
    """

    id: UUID
    browser_hash: bytes
    mailbox: str
    email: str
    code_hash: bytes
    link_hash: bytes
    sealed: str
    created_at: datetime
    expires_at: datetime
    operation: Operation


@dataclass(frozen=True, slots=True)
class CodeToMail:
    """A code whose mail has not been commanded. Without a member nobody signs in with the address: no mail is sent."""

    code_id: UUID
    email: str
    expires_at: datetime
    member_id: UUID | None
    agency_id: UUID | None


@dataclass(frozen=True, slots=True)
class SealedCode:
    """A code and its link, sealed for the mail that is commanded now."""

    sealed: str
    expires_at: datetime


@dataclass(slots=True)
class LoginCode:
    """The locked row of a code and its link, which prove the address `email`.

    A decision changes `wrong` and `used`, and sets `changed`.
    """

    id: UUID
    email: str
    code_hash: bytes | None
    created_at: datetime
    expires_at: datetime
    wrong: int
    used: bool
    changed: bool = False

    def use(self) -> None:
        """The code and the link have signed somebody in, and work no more."""
        self.used = self.changed = True

    def count_wrong(self) -> None:
        """One more wrong try of this code."""
        self.wrong += 1
        self.changed = True


@dataclass(slots=True)
class WrongTries:
    """The locked row of the wrong tries that count against a subject: an address, or an agency's first logins.

    `times` are all tries of the last day, `new` those that this transaction adds.
    """

    subject: bytes
    times: list[datetime]
    new: list[datetime] = field(default_factory=list)

    def add(self, at: datetime) -> None:
        """One more wrong try at that time."""
        self.times.append(at)
        self.new.append(at)
