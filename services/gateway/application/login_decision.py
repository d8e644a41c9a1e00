"""The decision about a login in its transaction: whether the code or the link is good, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from typing import assert_never
from uuid import UUID

from chassis.actor import ActorContext
from contracts.gateway import CodesLimited
from contracts.vocabulary import RejectionCode
from services.gateway.application.hashing import Hashing
from services.gateway.application.operations import Write
from services.gateway.application.sessions import Credential, signed_in_event
from services.gateway.domain.code_guessing import (
    LinkNeeded,
    NoLiveCode,
    Proven,
    RequestedCode,
    Tries,
    Wrong,
    judge,
    notifies_admins,
)
from services.gateway.domain.code_mails import LINK_LIFE
from services.gateway.domain.first_pick import Confirm, Wish
from services.gateway.domain.one_click_link import SentLink, proves
from services.gateway.domain.removed_since import removed_since
from services.gateway.domain.sign_in_identity import (
    Candidate,
    Identity,
    NoMember,
    OneMember,
    SeveralMembers,
    member_in,
)
from services.gateway.model.login_codes import LoginCode, WrongTries
from services.gateway.model.rejected import RejectedError
from services.gateway.model.requests import LoginRequest, ProofRequest

NO_MEMBER = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login(Write):
    """A login: the write that its success makes, and what proves `email`. `link_hash` is None for a code.

    `known`: the browser has signed in to the mailbox before. The command is RecordLogin for the member of `identity`,
    and is sent only if that is one member whose `wish` is known.
    """

    email: str
    identity: Identity
    wish: Wish | Confirm | None
    code: str | None
    link_hash: bytes | None
    credential: Credential
    known: bool

    @property
    def member_id(self) -> UUID:
        """The member who signs in; a null id while there is not exactly one."""
        return self.identity.candidate.member_id if isinstance(self.identity, OneMember) else NO_MEMBER

    def dead(self) -> RejectedError:
        """The rejection of a code or a link that works no more."""
        if self.code is None:
            return RejectedError(RejectionCode.LINK_EXPIRED)
        return RejectedError(RejectionCode.INVALID_CODE, {"tries_left": 0})


def decide(login: Login, request: LoginRequest, ctx: ActorContext, hashing: Hashing) -> RejectedError | None:
    """Decide in the transaction: judge the proof, then record the login or count the wrong try."""
    code = _still_good(login, request)
    if login.code is None:
        if code is None or not proves(SentLink(code.created_at + LINK_LIFE, code.used), ctx.now):
            return login.dead()
        return _record(login, request, code, ctx)
    known = None if code is None else RequestedCode(code.expires_at, code.wrong, code.used)
    first_logins = {agency_id: tries.times for agency_id, tries in request.first_login_tries.items()}
    tries = Tries(request.address_tries.times, first_logins)
    fits = code is not None and _fits(code, login.code, hashing)
    match judge(known, tries, matches=fits and not isinstance(login.identity, NoMember), now=ctx.now):
        case Proven():
            return _record(login, request, code, ctx)
        case Wrong() as wrong:
            _count_wrong(login, request, code, wrong, ctx)
            return RejectedError(RejectionCode.INVALID_CODE, {"tries_left": wrong.tries_left})
        case NoLiveCode():
            return login.dead()
        case LinkNeeded():
            return RejectedError(RejectionCode.LINK_REQUIRED)
        case never:
            assert_never(never)


def _fits(code: LoginCode, digits: str, hashing: Hashing) -> bool:
    return compare_digest(code.code_hash or b"", hashing.of("code", str(code.id), digits))


def _still_good(login: Login, request: LoginRequest) -> LoginCode | None:
    """The code or link; None if it was mailed to another spelling, or its member was removed after it was requested."""
    code, standing = request.code, request.standing
    if code is not None and code.email != login.email:
        return None
    if code is None or not isinstance(login.identity, OneMember):
        return code
    if standing is None or removed_since(code.created_at, standing.status, standing.removed_at):
        return None
    return code


def _record(login: Login, request: LoginRequest, proof: LoginCode | None, ctx: ActorContext) -> RejectedError | None:
    """The address is the caller's: send the command, unless the caller has to choose an agency or a seat first."""
    match login.identity:
        case SeveralMembers(candidates):
            choices = [_choice(candidate) for candidate in candidates]
            return RejectedError(RejectionCode.CHOOSE_AGENCY, agencies=choices)
        case NoMember():
            return RejectedError(RejectionCode.LINK_EXPIRED)
        case OneMember():
            if isinstance(login.wish, Confirm):
                options = [{"name": wish.name, "seatType": wish.seat_type.value} for wish in login.wish.options]
                return RejectedError(RejectionCode.CONFIRM_DETAILS, options=options)
            if proof is not None:
                proof.use()
            for tries in request.tries:
                tries.take_back(request.tried_by)
            if isinstance(request, ProofRequest):
                return None
            ctx.send(login.command, id=request.operation.id, actor=login.actor)
            ctx.publish(signed_in_event(request, ctx, new_browser=not request.is_known_browser), actor=login.actor)
            return None
        case never:
            assert_never(never)


def _choice(candidate: Candidate) -> dict[str, str]:
    return {"id": str(candidate.agency_id), "name": candidate.agency_name, "domain": candidate.agency_domain}


def _count_wrong(login: Login, request: LoginRequest, code: LoginCode | None, wrong: Wrong, ctx: ActorContext) -> None:
    if code is not None:
        code.count_wrong()
    request.address_tries.add(ctx.now, request.tried_by)
    for agency_id in wrong.against:
        request.first_login_tries[agency_id].add(ctx.now, request.tried_by)
    member_id = member_in(login.agency_id, login.identity)
    if wrong.address_used_up and member_id is not None and _tells(request.address_tries, ctx):
        # An address without a member in the agency has no admins.
        ctx.publish(CodesLimited(scope="address", member_id=member_id))
    if login.agency_id in wrong.first_logins_used_up and _tells(request.first_login_tries[login.agency_id], ctx):
        ctx.publish(CodesLimited(scope="first_logins"))


def _tells(tries: WrongTries, ctx: ActorContext) -> bool:
    if not notifies_admins(tries.notified_at, ctx.now):
        return False
    tries.notify(ctx.now)
    return True
