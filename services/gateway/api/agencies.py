"""Opening an agency, giving it an admin, erasing a person: the operator's calls."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from contracts.members_agencies import FoundAgency
from contracts.vocabulary import RejectionCode, Role, SeatType
from services.gateway.api.openapi import OPERATOR, write_responses
from services.gateway.api.presenters.agencies import admin_added_out, agency_out
from services.gateway.api.request import App, ByOperator, Key, accepted, done_or_accepted, written
from services.gateway.api.schemas.agencies import AddAdminIn, AdminAddedOut, AgencyOut, EraseIn, OpenAgency
from services.gateway.application.invitations import Invitee
from services.gateway.domain.gateway_codes import NOT_FOUND
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.rejected import RejectedError

router = APIRouter(tags=["Agencies"])


@router.post(
    "/agencies",
    status_code=201,
    response_model=AgencyOut,
    dependencies=[ByOperator],
    openapi_extra={"security": OPERATOR},
    responses=write_responses(
        RejectionCode.NOT_SIGNED_IN,
        RejectionCode.TOO_MANY_ATTEMPTS,
        RejectionCode.PAYMENT_DECLINED,
        RejectionCode.PAYMENT_ACTION_REQUIRED,
        RejectionCode.DOMAIN_TAKEN,
        RejectionCode.PUBLIC_DOMAIN,
        RejectionCode.BILLING_UNAVAILABLE,
        RejectionCode.INVALID_REQUEST,
        RejectionCode.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def open_agency(body: OpenAgency, app: App, key: Key = None) -> Response:
    """Open an agency: Stripe customer, card and subscription; its first admin is Active.

    When the card is declined there is no agency, and the domain is free again.
    """
    count = body.base if body.admin_seat_type is SeatType.BASE else body.voice
    if count < 1:
        sentence = f"at least 1 is needed: the first admin takes a {body.admin_seat_type.label} seat"
        raise RejectedError(RejectionCode.INVALID_REQUEST, errors={body.admin_seat_type.value: sentence})
    command = FoundAgency(
        name=body.name,
        domain=body.domain,
        admin_email=body.admin_email,
        admin_name=body.admin_name,
        cycle=body.cycle,
        base=body.base,
        voice=body.voice,
        admin_seat_type=body.admin_seat_type,
        payment_method=body.payment_method,
        locale=body.locale,
    )
    operation = await app.open_agency(command, key)
    admin = None if operation.member_id is None else await app.directory.person(operation.member_id)
    if operation.state is OperationState.RUNNING or admin is None:
        return accepted(operation.id)
    return written(agency_out(admin), 201)


@router.post(
    "/agencies/{agency_id}/admins",
    status_code=201,
    response_model=AdminAddedOut,
    dependencies=[ByOperator],
    openapi_extra={"security": OPERATOR},
    responses=write_responses(
        RejectionCode.NOT_SIGNED_IN,
        RejectionCode.TOO_MANY_ATTEMPTS,
        NOT_FOUND,
        RejectionCode.NO_SEAT_AVAILABLE,
        RejectionCode.SEATS_REDUCED_ELSEWHERE,
        RejectionCode.WRONG_STATUS,
        RejectionCode.INVALID_REQUEST,
        RejectionCode.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def add_admin(agency_id: UUID, body: AddAdminIn, app: App, key: Key = None) -> Response:
    """Give an agency an admin, when its only one is gone: an Active member is one at once, others are invited."""
    operation = await app.add_admin(agency_id, Invitee(body.email, body.name, body.seat_type, Role.ADMIN), key)
    named = operation.figures.get("member_id")
    admin = None if named is None else await app.directory.person(UUID(str(named)))
    if operation.state is OperationState.RUNNING or admin is None:
        return accepted(operation.id)
    return written(admin_added_out(operation, admin), 201)


@router.post(
    "/agencies/{agency_id}/erasures",
    status_code=204,
    dependencies=[ByOperator],
    openapi_extra={"security": OPERATOR},
    responses=write_responses(
        RejectionCode.NOT_SIGNED_IN,
        RejectionCode.TOO_MANY_ATTEMPTS,
        RejectionCode.UNKNOWN_MEMBER,
        RejectionCode.WRONG_STATUS,
        RejectionCode.INVALID_REQUEST,
        RejectionCode.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def erase(agency_id: UUID, body: EraseIn, app: App, key: Key = None) -> Response:
    """Erase a removed member for good: the name and the addresses leave everything. It may take some minutes."""
    return done_or_accepted(await app.erase(agency_id, body.email, key))
