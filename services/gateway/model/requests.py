"""A request's own state in its transaction: what it brings, what the store loads for it, and what it changes.

A request is the input of its `LocalCommand`. The store fills it when it loads and writes what its decision left in it.
Requests of the same moment that concern one row share the object of that row, so that the second request meets what the
first has changed. A transaction that is tried again loads fresh rows into the same requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import MemberStatus, Role
from services.gateway.model.invitations import InvitationLink, NewLink
from services.gateway.model.login_codes import LoginCode, SealedCode, WrongTries
from services.gateway.model.operation import Operation
from services.gateway.model.sessions import NewSession


@dataclass(slots=True)
class OperationSlot:
    """The row of an operation's id. `holder` is the operation that has the id; None while the id is free."""

    holder: Operation | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's status and role in the transaction that decides. `removed_at` is the last removal."""

    status: MemberStatus
    role: Role
    removed_at: datetime | None


@dataclass(slots=True, kw_only=True)
class Request:
    """A write over HTTP: the operation that it begins, unless an earlier operation has the same id."""

    operation: Operation
    slot: OperationSlot = field(default_factory=OperationSlot, init=False)

    @property
    def begun(self) -> bool:
        """Whether this request's operation is the one that is recorded."""
        return self.slot.holder is self.operation

    def begin(self) -> Operation | None:
        """Take the operation's id; return the earlier operation if the id is taken."""
        if self.slot.holder is None:
            # Two requests of one moment with one key: the second one finds the first.
            self.slot.holder = self.operation
            return None
        return self.slot.holder

    def withdraw(self) -> None:
        """Free the id again: the request was rejected, and its key stays good for a request that succeeds."""
        self.slot.holder = None


@dataclass(slots=True, kw_only=True)
class InvitationRequest(Request):
    """A write that invites: its links are stored if it begins."""

    links: tuple[NewLink, ...]


@dataclass(slots=True, kw_only=True)
class MemberRequest(Request):
    """A write that is decided by the standing of the member who makes it. None: the agency has no such member."""

    member_id: UUID
    standing: Standing | None = field(default=None, init=False)


@dataclass(slots=True, kw_only=True)
class ApiKeyRequest(MemberRequest):
    """A change of the agency's API keys. `key_id` is the key to revoke; None: a key is made."""

    key_id: UUID | None = None


@dataclass(slots=True, kw_only=True)
class SignInRequest(MemberRequest):
    """A sign-in: its session is stored if it begins, and ends the browser's earlier session, if it had any.

    It proves the address, and its browser is known to the mailbox from then on.
    """

    session: NewSession
    replaced_session: bytes | None
    mailbox: str
    browser_hash: bytes
    known_until: datetime


@dataclass(slots=True, kw_only=True)
class LoginRequest(SignInRequest):
    """A login with a code or a link. Wrong codes count against `address`, and against `first_logins` for a first login.

    `first_logins` has the subject of each agency in which it would be one. The store loads the browser's code for the
    mailbox, or the link's row, and the wrong tries.
    """

    is_known_browser: bool
    link_hash: bytes | None
    address: bytes
    first_logins: Mapping[UUID, bytes]
    tried_by: bytes
    code: LoginCode | None = field(default=None, init=False)
    address_tries: WrongTries = field(init=False)
    first_login_tries: Mapping[UUID, WrongTries] = field(init=False)

    @property
    def tries(self) -> list[WrongTries]:
        """The rows of all wrong tries that count against this login."""
        return [self.address_tries, *self.first_login_tries.values()]


@dataclass(slots=True, kw_only=True)
class ProofRequest(LoginRequest):
    """A code proves the address in the running session that `session` names: no session begins, and none ends."""


@dataclass(slots=True, kw_only=True)
class AcceptRequest(SignInRequest):
    """An invitation's link is followed. The store loads the link; None: the link is forgotten."""

    invitation_id: UUID
    link: InvitationLink | None = field(default=None, init=False)


@dataclass(slots=True)
class CodeMailRequest:
    """A code's mail is commanded. The store takes the sealed code; None: another process has commanded the mail."""

    code_id: UUID
    code: SealedCode | None = field(default=None, init=False)


AnyRequest = Request | CodeMailRequest
