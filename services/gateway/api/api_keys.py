"""API keys: a program's way in, with the rights of the admin who made the key."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, WRITE_AS_ADMIN, problems
from services.gateway.api.presenters.api_keys import api_keys_out
from services.gateway.api.request import Admin, App, Key, ReadingAdmin, written
from services.gateway.api.schemas.api_keys import ApiKeyIn, ApiKeyOut, ApiKeysOut
from services.gateway.application.api_keys import KeyRequest
from services.gateway.domain.gateway_codes import FRESH_CODE_REQUIRED, TOO_MANY_API_KEYS, UNKNOWN_API_KEY

router = APIRouter(tags=["API keys"])


@router.get(
    "/api-keys", response_model=ApiKeysOut, openapi_extra={"security": SESSION}, responses=problems(*READ_AS_ADMIN)
)
async def list_api_keys(app: App, admin: ReadingAdmin) -> Response:
    """List the keys of all the agency's admins, without their secrets."""
    return written(api_keys_out(await app.api_keys.of_agency(admin)))


@router.post(
    "/api-keys",
    status_code=201,
    response_model=ApiKeyOut,
    openapi_extra={"security": SESSION},
    responses=problems(
        RejectionCode.BAA_UNSIGNED,
        FRESH_CODE_REQUIRED,
        TOO_MANY_API_KEYS,
        RejectionCode.ALREADY_ANSWERED,
        *WRITE_AS_ADMIN,
    ),
)
async def make_api_key(body: ApiKeyIn, app: App, admin: Admin, key: Key = None) -> Response:
    """Make a key with your own rights, as far as its scopes reach. The secret is shown this once.

    The key ends when it expires, and when you are an admin no more. An agency has 50 at most. In a session this needs
    a fresh code.
    """
    made = await app.api_keys.make(admin, KeyRequest(body.name, body.scopes, body.expires_at), key)
    return written(ApiKeyOut.model_validate(made), 201)


@router.delete(
    "/api-keys/{key_id}",
    status_code=204,
    openapi_extra={"security": SESSION},
    responses=problems(UNKNOWN_API_KEY, *WRITE_AS_ADMIN),
)
async def revoke_api_key(key_id: UUID, app: App, admin: Admin, key: Key = None) -> Response:
    """Revoke a key of any of the agency's admins. It opens nothing from the next request on."""
    await app.api_keys.revoke(admin, key_id, key)
    return Response(status_code=204)
