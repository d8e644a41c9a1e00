"""The person who is signed in, as the JSON bodies of signing in and of /me."""

from __future__ import annotations

from services.gateway.api.schemas.operations import OperationRef
from services.gateway.api.schemas.sign_in import MeAgency, MeMember, MeOut, SessionOut
from services.gateway.application.sessions import SignedInAs
from services.gateway.domain.session_kind import SessionKind
from services.gateway.model.agency import Principal


def me_out(principal: Principal) -> MeOut:
    """The body of /me."""
    member, agency = MeMember.model_validate(principal.member), MeAgency.model_validate(principal.agency)
    return MeOut(member=member, agency=agency)


def session_out(signed_in: SignedInAs, operation: OperationRef | None) -> SessionOut:
    """The body of a sign-in; with the operation of the first login while its outcome is not known."""
    me = me_out(signed_in.principal)
    is_bearer = signed_in.session.kind is SessionKind.EXTENSION
    return SessionOut(
        member=me.member,
        agency=me.agency,
        operation=operation,
        bearer_token=signed_in.token if is_bearer else None,
        browser_token=signed_in.browser if is_bearer else None,
        expires_at=signed_in.ends_at,
    )
