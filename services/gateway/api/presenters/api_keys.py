"""API keys as JSON bodies; a list never holds a secret."""

from __future__ import annotations

from collections.abc import Iterable

from services.gateway.api.schemas.api_keys import ApiKeyRow, ApiKeysOut, KeyCreator
from services.gateway.model.api_keys import ApiKey


def api_keys_out(keys: Iterable[ApiKey]) -> ApiKeysOut:
    """The agency's keys, in the given order."""
    return ApiKeysOut(items=[_row(key) for key in keys])


def _row(key: ApiKey) -> ApiKeyRow:
    return ApiKeyRow(
        id=key.id,
        name=key.name,
        scopes=list(key.scopes),
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        created_by=KeyCreator(id=key.creator_id, name=key.creator_name),
    )
