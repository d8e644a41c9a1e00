"""The BAA and its signature, and opening the billing portal."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathParameter
from starlette.responses import Response

from contracts.billing import OpenPortal
from contracts.members_agencies import SignBaa
from contracts.vocabulary import RejectionCode
from services.gateway.api.documents import PdfResponse, pdf_response
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, WRITE_AS_ADMIN, problems, write_responses
from services.gateway.api.presenters.baa import baa_out
from services.gateway.api.request import Admin, App, BillingAdmin, Key, ReadingAdmin, accepted, written
from services.gateway.api.schemas.baa import BaaOut, BaaSignatureIn, SignatureOut
from services.gateway.api.schemas.billing import PortalIn, PortalOut
from services.gateway.domain.gateway_codes import NOT_FOUND
from services.gateway.domain.idempotency import OperationState

router = APIRouter()
Version = Annotated[
    str,
    PathParameter(pattern=r"^[0-9a-z-]{1,40}$", description="The version of a signature.", examples=["2026-11"]),
]


@router.get(
    "/baa", tags=["BAA"], response_model=BaaOut, openapi_extra={"security": SESSION}, responses=problems(*READ_AS_ADMIN)
)
async def read_baa(app: App, admin: ReadingAdmin) -> Response:
    """The BAA's text (Markdown) with its version, and its signature if there is one."""
    return written(baa_out(await app.agreements.of_agency(admin)))


@router.get(
    "/baa/signatures/{version}.pdf",
    tags=["BAA"],
    openapi_extra={"security": SESSION},
    response_class=PdfResponse,
    responses=problems(NOT_FOUND, RejectionCode.INVALID_REQUEST, *READ_AS_ADMIN),
)
async def download_signed_baa(version: Version, app: App, admin: ReadingAdmin) -> Response:
    """Download the BAA as it was signed in that version: the text, the signer and the moment, as a PDF."""
    return pdf_response(version, await app.agreements.pdf(await app.agreements.signed(admin, version)))


@router.post(
    "/baa/signature",
    tags=["BAA"],
    status_code=201,
    response_model=SignatureOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(RejectionCode.WRONG_STATUS, *WRITE_AS_ADMIN),
)
async def sign_baa(body: BaaSignatureIn, app: App, admin: Admin, key: Key = None) -> Response:
    """Sign the BAA in the version that was read. Admin actions are open from then on."""
    command = SignBaa(signer_name=body.signer_name, signer_title=body.signer_title, version=body.version)
    operation = await app.sign_baa(admin, command, key)
    signature = (await app.agreements.of_agency(admin)).signature
    if operation.state is OperationState.RUNNING or signature is None:
        return accepted(operation.id)
    return written(SignatureOut.model_validate(signature), 201)


@router.post(
    "/billing/portal-sessions",
    tags=["Billing"],
    status_code=201,
    response_model=PortalOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(RejectionCode.BILLING_UNAVAILABLE, RejectionCode.ALREADY_ANSWERED, *WRITE_AS_ADMIN),
)
async def open_portal(app: App, admin: BillingAdmin, body: PortalIn | None = None, key: Key = None) -> Response:
    """Open Stripe's billing portal: card, billing email, invoices. The address is made for this click, given once."""
    command = OpenPortal(flow=body.flow) if body is not None else OpenPortal()
    operation = await app.stripe_pages.open_portal(admin, key, command)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(PortalOut(url=await app.stripe_pages.portal_url(operation)), 201)
