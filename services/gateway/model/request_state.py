"""What a request reads and writes in its transaction, together with the other requests of the same moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.rejections import FiguresJson
from contracts.vocabulary import MemberStatus, Proof, Role
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.invitation_link import LinkState


@dataclass(frozen=True, slots=True)
class Operation:
    """A write that came over HTTP, as it is recorded."""

    id: UUID
    agency_id: UUID
    caller: str
    kind: str
    fingerprint: bytes
    secret: bool
    state: OperationState
    code: str | None = None
    figures: FiguresJson = field(default_factory=dict)
    member_id: UUID | None = None
    sealed: str | None = None
    outcome: str | None = None
    result: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Wanted of the load: that this operation is ours to begin. An earlier one of the same id wins."""

    operation: Operation
    outcomes: tuple[str, ...]


@dataclass(slots=True)
class LoginCode:
    """A code and link that were mailed (or would have been); `wrong` and `used` are what this batch makes of them."""

    id: UUID
    mailbox: str
    code_hash: bytes | None
    created_at: datetime
    expires_at: datetime
    wrong: int
    used: bool
    touched: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands in the very transaction that decides; `removed_at` is when they were last removed."""

    status: MemberStatus
    role: Role
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Try:
    """Wanted of the load: the code of this browser and address, or the link, and the wrong tries that count."""

    proof: Proof
    member_id: UUID
    mailbox: str
    browser_hash: bytes | None
    link_hash: bytes | None
    address: bytes
    first_logins: bytes | None
    claim: Claim | None = None


@dataclass(slots=True)
class Invitation:
    """An invitation's link, locked; who it is for is known once members has said so."""

    id: UUID
    member_id: UUID | None
    state: LinkState
    expires_at: datetime
    touched: bool = False


@dataclass(frozen=True, slots=True)
class Follow:
    """Wanted of the load: this invitation, and the member who follows its link."""

    invitation_id: UUID
    member_id: UUID
    claim: Claim


@dataclass(frozen=True, slots=True)
class NewLink:
    """An invitation that is ordered now: its link, as a keyed hash."""

    id: UUID
    link_hash: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class HeldKey:
    """An API key, as it is ended or listed."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """An API key to be: its secret, as a keyed hash."""

    id: UUID
    agency_id: UUID
    member_id: UUID
    name: str
    secret_hash: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeKeys:
    """Wanted of the load: where this admin stands and, when one is to be revoked, that key of the agency's."""

    agency_id: UUID
    member_id: UUID
    claim: Claim
    key_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MailCode:
    """Wanted of the load: the sealed code of this request, if nobody has ordered its mail yet."""

    code_id: UUID


@dataclass(frozen=True, slots=True)
class SealedCode:
    """A code on its way into a mail."""

    sealed: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session row to be; `ends` is the browser's earlier one, if it had any."""

    token_hash: bytes
    member_id: UUID
    agency_id: UUID
    expires_at: datetime
    ends: bytes | None = None


@dataclass(slots=True)
class Desk:
    """What the requests of one moment need and change, all agencies together."""

    earlier: dict[UUID, Operation] = field(default_factory=dict)
    codes: dict[tuple[bytes, str], LoginCode] = field(default_factory=dict)
    links: dict[bytes, LoginCode] = field(default_factory=dict)
    guesses: dict[bytes, list[datetime]] = field(default_factory=dict)
    to_mail: dict[UUID, SealedCode] = field(default_factory=dict)
    wrong: list[tuple[bytes, datetime]] = field(default_factory=list)
    sessions: list[NewSession] = field(default_factory=list)
    unclaimed: list[UUID] = field(default_factory=list)
    standing: dict[UUID, Standing] = field(default_factory=dict)
    invitations: dict[UUID, Invitation] = field(default_factory=dict)
    new_links: list[tuple[UUID, NewLink]] = field(default_factory=list)
    keys: dict[UUID, HeldKey] = field(default_factory=dict)
    keys_of: dict[UUID, list[HeldKey]] = field(default_factory=dict)
    key_counts: dict[UUID, int] = field(default_factory=dict)
    new_keys: list[NewKey] = field(default_factory=list)
    dead_keys: list[UUID] = field(default_factory=list)

    def begun_before(self, claim: Claim | None) -> Operation | None:
        """The earlier operation of the same id; None when this one is ours to begin, which it is only once."""
        if claim is None:
            return None
        earlier = self.earlier.get(claim.operation.id)
        if earlier is None:
            # Two requests of one moment with one key: the second one finds the first.
            self.earlier[claim.operation.id] = claim.operation
        return earlier

    def unclaim(self, claim: Claim) -> None:
        """Nothing was begun after all: the key stays free for the try that succeeds."""
        self.unclaimed.append(claim.operation.id)
        self.earlier.pop(claim.operation.id, None)
