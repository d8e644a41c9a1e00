"""The JSON bodies of API keys."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from contracts.vocabulary import KeyScope
from services.gateway.api.schemas.base import EXAMPLE_ID, Wire, Words


def _once(scopes: tuple[KeyScope, ...]) -> tuple[KeyScope, ...]:
    if len(set(scopes)) < len(scopes):
        raise ValueError("must not name a scope twice")
    return tuple(scope for scope in KeyScope if scope in scopes)


class ApiKeyIn(Wire):
    """The key's name, for the list, its scopes (all calls if left out), and its end (after 90 days if left out)."""

    name: Words = Field(examples=["Payroll export"])
    scopes: Annotated[
        tuple[KeyScope, ...],
        Field(min_length=1, max_length=len(KeyScope), json_schema_extra={"uniqueItems": True}),
        AfterValidator(_once),
    ] = Field(default=(KeyScope.ADMIN,), examples=[["read"]])
    expires_at: AwareDatetime | None = None


class KeyCreator(Wire):
    """The admin who made the key, and whose rights it has."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    name: str


class ApiKeyRow(Wire):
    """An API key, also one that has expired in the last 30 days. `lastUsedAt` is right to ten minutes."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    name: str
    scopes: list[KeyScope]
    created_at: AwareDatetime
    expires_at: AwareDatetime
    last_used_at: AwareDatetime | None
    created_by: KeyCreator


class ApiKeysOut(Wire):
    """The agency's keys, oldest first."""

    items: list[ApiKeyRow]


class ApiKeyOut(Wire):
    """A key that was just made. The secret is shown this once."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    name: str
    scopes: list[KeyScope]
    secret: str = Field(examples=["hck_…"])
    created_at: AwareDatetime
    expires_at: AwareDatetime
