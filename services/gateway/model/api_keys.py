"""API keys: as admins list them, as a transaction ends them, and as they are stored. The secret is only a hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import KeyScope
from services.gateway.model.agency import Principal


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key in the admins' list, without its secret."""

    id: UUID
    name: str
    scopes: tuple[KeyScope, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    creator_id: UUID
    creator_name: str


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """The admin who made a key with these scopes, and about when it was last used."""

    principal: Principal
    expires_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldKey:
    """An API key that a transaction may end, and the admin who made it."""

    id: UUID
    member_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new API key; its secret is a keyed hash."""

    id: UUID
    agency_id: UUID
    member_id: UUID
    name: str
    secret_hash: bytes
    scopes: tuple[KeyScope, ...]
    created_at: datetime
    expires_at: datetime
