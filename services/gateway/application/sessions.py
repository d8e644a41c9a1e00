"""Sessions: begun by a sign-in, alive while their member uses them, ended by hand, by time, or with the member."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.actor import ActorContext
from contracts.gateway import SignedIn
from contracts.vocabulary import MemberStatus, RejectionCode, Role
from services.gateway.application.hashing import Hashing, new_token
from services.gateway.application.last_seen import LastSeen
from services.gateway.application.operations import Operations, unless_rejected
from services.gateway.application.ports import Caller, Chassis
from services.gateway.application.uses import Uses
from services.gateway.domain.gateway_codes import UNKNOWN_SESSION
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.session_kind import BEARER_PREFIX, SessionKind
from services.gateway.domain.session_life import SessionLives
from services.gateway.domain.sign_in_identity import Candidate, SeveralMembers, identify
from services.gateway.model.agency import Member, Principal
from services.gateway.model.rejected import RejectedError
from services.gateway.model.requests import SignInRequest
from services.gateway.model.sessions import ListedSession, NewSession, Session
from services.gateway.store import reading as store_reading
from services.gateway.store import sessions as store_sessions


@dataclass(frozen=True, slots=True)
class Credential:
    """A session that a sign-in is about to begin, its token, and the token by which the browser or app is known."""

    session: NewSession
    token: str
    browser: str


@dataclass(frozen=True, slots=True)
class SignedInAs:
    """The member who signed in, and the tokens of the session and of the browser or app, which is known now.

    `operation_id`: the first login still runs.
    """

    principal: Principal
    token: str
    browser: str
    session: NewSession
    ends_at: datetime
    operation_id: UUID | None

    @property
    def lasts(self) -> timedelta:
        """How long the session lives if it is used: the age of its cookie."""
        return self.ends_at - self.session.began_at


class Sessions:
    """Begins, finds, lists and ends sessions, and waits until a new one may be used."""

    def __init__(
        self, chassis: Chassis, operations: Operations, hashing: Hashing, lives: SessionLives, uses: Uses
    ) -> None:
        self._chassis = chassis
        self._operations = operations
        self._hashing = hashing
        self._lives = lives
        self.last_seen = LastSeen(chassis.pool, uses)

    def begin(self, caller: Caller, kind: SessionKind = SessionKind.BROWSER) -> Credential:
        """A session for the caller's device, with a new token. It is stored with the sign-in."""
        token = new_token() if kind is SessionKind.BROWSER else BEARER_PREFIX + secrets.token_urlsafe(32)
        world = self._chassis.world
        session = NewSession(
            world.new_id(), self._hash_of(token, kind), kind, caller.device, caller.network, world.clock()
        )
        return Credential(session, token, caller.browser or new_token())

    def replaced_by(self, caller: Caller, session: NewSession) -> bytes | None:
        """The hash of the browser's earlier session, which its new one ends. A bearer token ends no other session."""
        if caller.session is None or session.kind is not SessionKind.BROWSER:
            return None
        return self._hash_of(caller.session, SessionKind.BROWSER)

    def _hash_of(self, token: str, kind: SessionKind) -> bytes:
        """The keyed hash under which a session is stored. A bearer token is none of a cookie's, nor the reverse."""
        return self._hashing.of("session" if kind is SessionKind.BROWSER else "bearer", token)

    async def enter(
        self, request: SignInRequest, credential: Credential, ended: asyncio.Event, *, wait: bool
    ) -> SignedInAs:
        """The session's member, once members has published where the member stands (or patience is over).

        RejectedError when members rejects the command. A rejection ends the session in any case, also a later one.
        """
        running = False
        if wait:
            over = unless_rejected(await self._operations.wait(request.operation, ended))
            running = over.state is OperationState.RUNNING
        principal = await store_reading.person(self._chassis.pool, request.member_id)
        if principal is None or principal.member.status is MemberStatus.REMOVED:
            raise RejectedError(RejectionCode.NOT_SIGNED_IN)
        session, whole = request.session, self._lives.of(principal.member.role).whole
        return SignedInAs(
            principal,
            credential.token,
            credential.browser,
            session,
            session.began_at + whole,
            request.operation.id if running else None,
        )

    async def of_browser(self, caller: Caller) -> Principal | None:
        """The member who is signed in with the caller's cookie; None when the session is over."""
        return None if caller.session is None else await self._principal(caller, caller.session, SessionKind.BROWSER)

    async def of_bearer(self, caller: Caller) -> Principal | None:
        """The member who is signed in with the caller's bearer token; None when the session is over."""
        return None if caller.bearer is None else await self._principal(caller, caller.bearer, SessionKind.EXTENSION)

    async def _principal(self, caller: Caller, token: str, kind: SessionKind) -> Principal | None:
        principal = await store_reading.principal(self._chassis.pool, self._hash_of(token, kind))
        if principal is None or principal.session is None:
            return None
        now = self._chassis.world.clock()
        session = self._as_seen(principal.session)
        if self._ends_at(session, principal.member.role) <= now:
            return None
        if not caller.in_background:
            self.last_seen.note(session.id, now)
            session = replace(session, last_seen_at=now)
        return replace(principal, session=session)

    def _as_seen(self, session: Session) -> Session:
        return replace(session, last_seen_at=self.last_seen.of(session.id, session.last_seen_at))

    def _ends_at(self, session: Session, role: Role) -> datetime:
        return self._lives.of(role).ends_at(session.began_at, session.last_seen_at)

    async def of_member(self, principal: Principal) -> list[ListedSession]:
        """The principal's sessions that live: the current one first, then by the time they were last seen."""
        return await self._alive(principal.member, _own(principal).id)

    async def of_another(self, principal: Principal, member: Member) -> list[ListedSession]:
        """The living sessions of a member of the principal's agency, in the same order."""
        return await self._alive(member, None if principal.session is None else principal.session.id)

    async def _alive(self, of: Member, current: UUID | None) -> list[ListedSession]:
        now = self._chassis.world.clock()
        stored = await store_sessions.of_member(self._chassis.pool, of.id)
        listed = [
            ListedSession(session, self._ends_at(session, of.role), is_current=session.id == current)
            for session in (self._as_seen(session) for session in stored)
        ]
        alive = [session for session in listed if session.ends_at > now]
        return sorted(alive, key=lambda entry: (entry.is_current, entry.session.last_seen_at), reverse=True)

    async def other_agencies(self, principal: Principal) -> tuple[Candidate, ...]:
        """The other agencies that exactly the principal's address signs in to, by name.

        A switch is a sign-in: it needs a new proof of the address, and the person picks the agency after it.
        """
        match identify(await store_reading.candidates(self._chassis.pool, principal.member.email), None):
            case SeveralMembers(candidates):
                others = [candidate for candidate in candidates if candidate.agency_id != principal.agency.id]
                return tuple(sorted(others, key=lambda candidate: candidate.agency_name))
            case _:
                return ()

    async def end(self, principal: Principal, session_id: UUID) -> None:
        """End one of the principal's sessions; its token is good for nothing any more. RejectedError for another's."""
        if not await store_sessions.end_one(self._chassis.pool, principal.member.id, session_id):
            raise RejectedError(UNKNOWN_SESSION)

    async def end_current(self, principal: Principal) -> None:
        """Sign out."""
        await store_sessions.end_one(self._chassis.pool, principal.member.id, _own(principal).id)

    async def end_others(self, principal: Principal) -> None:
        """End all of the principal's sessions but the current one."""
        await store_sessions.end_others(self._chassis.pool, principal.member.id, _own(principal).id)

    async def end_of_another(self, principal: Principal, member: Member) -> None:
        """End every session of a member of the principal's agency, but for the one that makes the request."""
        current = None if principal.session is None else principal.session.id
        await store_sessions.end_others(self._chassis.pool, member.id, current)


def signed_in_event(request: SignInRequest, ctx: ActorContext, *, new_browser: bool) -> SignedIn:
    """The event of a sign-in that is decided now. Only an Active member's new browser counts as one."""
    is_active = request.standing is not None and request.standing.status is MemberStatus.ACTIVE
    return SignedIn(
        member_id=request.member_id,
        at=ctx.now,
        new_browser=new_browser and is_active,
        device=request.session.device,
        network=request.session.network,
    )


def _own(principal: Principal) -> Session:
    """The session that makes the request. RejectedError for an API key: it has none."""
    if principal.session is None:
        raise RejectedError(RejectionCode.NOT_SIGNED_IN, {"credential": "api_key"})
    return principal.session
