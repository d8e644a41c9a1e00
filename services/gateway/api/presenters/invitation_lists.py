"""A list of invitations as a JSON body."""

from __future__ import annotations

from contracts.address import shown_address
from services.gateway.api.schemas.invitation_lists import InvitationListOut, NotInvited
from services.gateway.application.list_sending import Progress
from services.gateway.domain.idempotency import OperationState
from services.gateway.texts.problems import problem


def list_out(progress: Progress) -> InvitationListOut:
    """The list as it stands."""
    return InvitationListOut(
        id=progress.id,
        total=len(progress.people),
        invited=[
            shown_address(invitee.email)
            for invitee, operation in progress.people
            if operation is not None and operation.state is OperationState.DONE
        ],
        refused=[
            NotInvited(
                email=shown_address(invitee.email),
                code=rejected.code,
                detail=problem(rejected.code).detail(rejected.figures),
            )
            for invitee, rejected in progress.rejected
        ],
        running=progress.running,
        unsent=progress.unsent,
        due_at=progress.due_at,
    )
