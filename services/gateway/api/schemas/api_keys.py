"""The JSON bodies of API keys."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, Field

from services.gateway.api.schemas.base import EXAMPLE_ID, Wire, Words


class ApiKeyIn(Wire):
    """What the key is called, for the list."""

    name: Words = Field(examples=["Payroll export"])


class KeyCreator(Wire):
    """The admin who made it, whose rights it has."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    name: str


class ApiKeyRow(Wire):
    """An API key. `lastUsedAt` is right to ten minutes."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    name: str
    created_at: AwareDatetime
    last_used_at: AwareDatetime | None
    created_by: KeyCreator


class ApiKeysOut(Wire):
    """The agency's keys, oldest first."""

    items: list[ApiKeyRow]


class ApiKeyOut(Wire):
    """A key that was just made. The secret is shown this once."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    name: str
    secret: str = Field(examples=["hck_…"])
    created_at: AwareDatetime
