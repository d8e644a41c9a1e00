"""Codes and links for signing in, and the wrong tries that count against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.gateway.model.operation import Operation


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code and a link for an address. One without a member gets the same row, so that nothing tells it apart.

    The mail goes to `email`, exactly as it was typed. `sealed` is what it will say; only the notifier opens it.
    `known`: the browser has signed in to the mailbox.
    """

    id: UUID
    browser_hash: bytes
    network_hash: bytes
    known: bool
    mailbox: str
    email: str
    code_hash: bytes
    link_hash: bytes
    sealed: str
    created_at: datetime
    expires_at: datetime
    operation: Operation


@dataclass(frozen=True, slots=True)
class RecordedCodes:
    """The result of requests for codes: by code, the earlier operation of its key; and how many are not mailed."""

    earlier: Mapping[UUID, Operation]
    beyond_limits: int


@dataclass(frozen=True, slots=True)
class CodeToMail:
    """A code whose mail has not been commanded. Without a member nobody has the mailbox: no mail is sent.

    `is_theirs`: the member signs in with the address. If not, the mail says which address to use. `is_proven`: the
    member has signed in with the address. `spellings_mailed`: how many code mails of the last hour went to spellings
    of the mailbox with a plus-tag.
    """

    code_id: UUID
    mailbox: str
    email: str
    expires_at: datetime
    member_id: UUID | None
    agency_id: UUID | None
    is_theirs: bool
    is_proven: bool
    spellings_mailed: int


@dataclass(frozen=True, slots=True)
class SealedCode:
    """A code and its link, sealed for the mail that is commanded now."""

    sealed: str
    created_at: datetime
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
    """The locked row of a subject that wrong codes count against, and its wrong codes: (when, by whom).

    `new` are those that this transaction adds, `taken_back` those whose browser has signed in.
    """

    subject: bytes
    notified_at: datetime | None
    tries: list[tuple[datetime, bytes]]
    new: list[tuple[datetime, bytes]] = field(default_factory=list)
    taken_back: set[bytes] = field(default_factory=set)
    notifies: bool = False

    @property
    def times(self) -> list[datetime]:
        """When each wrong code was tried."""
        return [at for at, _ in self.tries]

    def add(self, at: datetime, tried_by: bytes) -> None:
        """One more wrong code."""
        self.tries.append((at, tried_by))
        self.new.append((at, tried_by))

    def take_back(self, tried_by: bytes) -> None:
        """The browser has signed in to the address: its wrong codes were the owner's, and count no more."""
        self.tries = [(at, by) for at, by in self.tries if by != tried_by]
        self.new = [(at, by) for at, by in self.new if by != tried_by]
        self.taken_back.add(tried_by)

    def notify(self, at: datetime) -> None:
        """Record that admins get a mail about this subject now."""
        self.notified_at, self.notifies = at, True
