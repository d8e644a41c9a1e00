"""Signing in: a code or a link proves the mailbox; the command and the session are recorded in one transaction.

`login_decision.py` has the decision that is made in the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from contracts.members import Details, Pick, RecordLogin
from contracts.vocabulary import ANYONE, MemberStatus, Proof, RejectionCode, domain_of, mailbox_of, member
from services.gateway.application.codes import NOBODY
from services.gateway.application.hashing import Hashing
from services.gateway.application.known_browsers import KnownBrowsers
from services.gateway.application.limits import Limits
from services.gateway.application.login_decision import NO_MEMBER, Login, decide
from services.gateway.application.notify_listener import NotifyListener
from services.gateway.application.operations import Operations
from services.gateway.application.ports import Caller, Chassis
from services.gateway.application.security_log import SecurityEvent, SecurityLog
from services.gateway.application.sessions import Sessions, SignedInAs
from services.gateway.domain.first_pick import Confirm, Wish, first_pick
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.known_browser import known_until
from services.gateway.domain.session_kind import SessionKind
from services.gateway.domain.sign_in_identity import (
    Identity,
    NoMember,
    OneMember,
    SeveralMembers,
    first_login_agencies,
    identify,
)
from services.gateway.model.agency import Principal
from services.gateway.model.rejected import RejectedError
from services.gateway.model.requests import LoginRequest, ProofRequest
from services.gateway.settings import RequestLimits
from services.gateway.store import claims as store_claims
from services.gateway.store import reading as store_reading

PROVE = "gateway.prove_address"


@dataclass(slots=True)
class SignIn:
    """Signs members in by a code or a link."""

    chassis: Chassis
    operations: Operations
    sessions: Sessions
    listener: NotifyListener
    known_browsers: KnownBrowsers
    limits: Limits
    hashing: Hashing
    allowed: RequestLimits
    security: SecurityLog

    async def by_code(
        self,
        email: str,
        code: str,
        caller: Caller,
        *,
        agency_id: UUID | None = None,
        confirmed: Wish | None = None,
        key: str | None = None,
        kind: SessionKind = SessionKind.BROWSER,
    ) -> SignedInAs:
        """Sign in with the four digits. `confirmed` is the seat that the person asks for at a first login.

        RejectedError: `invalid_code`, `link_required`, `choose_agency`, `confirm_details` and others.
        """
        self.operations.check_bus()
        login = await self._login(email, code, None, caller, agency_id, confirmed, key, kind)
        if not login.known:
            await self._limit_network(caller)
        with self.security.noting(SecurityEvent.CODE, caller.network, RejectionCode.INVALID_CODE):
            return await self._sign_in(login, caller)

    async def by_link(
        self,
        token: str,
        caller: Caller,
        *,
        agency_id: UUID | None = None,
        confirmed: Wish | None = None,
        key: str | None = None,
        kind: SessionKind = SessionKind.BROWSER,
    ) -> SignedInAs:
        """Sign in with the mail's link. RejectedError: `link_expired`, `choose_agency`, `confirm_details`, others."""
        self.operations.check_bus()
        link_hash = self.hashing.of("link", token)
        email = await store_reading.address_of_link(self.chassis.pool, link_hash)
        if email is None:
            # A link that was mailed works whatever its network does: only invented ones are limited.
            await self._limit_network(caller)
            raise RejectedError(RejectionCode.LINK_EXPIRED)
        login = await self._login(email, None, link_hash, caller, agency_id, confirmed, key, kind)
        return await self._sign_in(login, caller)

    async def prove(self, principal: Principal, code: str, caller: Caller) -> datetime:
        """Prove the address of a running session anew with a code; return when it was. RejectedError as `by_code`.

        The same judge decides as at sign-in, and a wrong code counts in the same places.
        """
        session = principal.session
        if session is None:
            raise RejectedError(RejectionCode.NOT_SIGNED_IN, {"credential": "api_key"})
        self.operations.check_bus()
        email, agency_id = principal.member.email, principal.agency.id
        login = await self._login(email, code, None, caller, agency_id, None, None, SessionKind.BROWSER)
        if login.member_id != principal.member.id:
            raise login.dead()
        if not login.known:
            await self._limit_network(caller)
        request = self._request(login, caller, ProofRequest)
        request.operation = replace(request.operation, kind=PROVE, state=OperationState.DONE, outcomes=())
        request.session, request.replaced_session = replace(request.session, id=session.id), None
        with self.security.noting(SecurityEvent.CODE, caller.network, RejectionCode.INVALID_CODE):
            await self.operations.decide(
                request, lambda _changes, ctx: decide(login, request, ctx, self.hashing), login.actor
            )
        return request.session.began_at

    async def _limit_network(self, caller: Caller) -> None:
        """RejectedError after too many tries from the caller's network."""
        await self.limits.take([(self.allowed.tries_of_network, caller.network)])

    async def _login(
        self,
        email: str,
        code: str | None,
        link_hash: bytes | None,
        caller: Caller,
        named_agency: UUID | None,
        confirmed: Wish | None,
        key: str | None,
        kind: SessionKind,
    ) -> Login:
        pool = self.chassis.pool
        domain_agency = await store_reading.agency_of_domain(pool, domain_of(email))
        identity = identify(await store_reading.candidates(pool, email), named_agency)
        wish = await self._wish(identity, email, caller, confirmed)
        member_id, actor = NO_MEMBER, ANYONE
        match identity:
            case OneMember(candidate):
                agency_id, member_id = candidate.agency_id, candidate.member_id
                actor = member(member_id)
            case SeveralMembers(candidates):
                agency_id = min(candidate.agency_id for candidate in candidates)
            case NoMember():
                agency_id = NOBODY if domain_agency is None else domain_agency.id
            case never:
                assert_never(never)
        return Login(
            command=RecordLogin(
                member_id=member_id,
                proof=Proof.LINK if code is None else Proof.CODE,
                pick=_pick(identity, email, wish),
            ),
            agency_id=agency_id,
            caller=_name_of(caller, link_hash) if key is not None else f"member:{member_id}",
            actor=actor,
            key=key,
            body=f"{email}\n{code}\n{link_hash.hex() if link_hash else None}\n{agency_id}\n{confirmed}\n{kind}",
            secret=True,
            email=email,
            identity=identity,
            wish=wish,
            code=code,
            link_hash=link_hash,
            credential=self.sessions.begin(caller, kind),
            known=await self.known_browsers.known(mailbox_of(email), caller.browser),
        )

    async def _wish(
        self, identity: Identity, email: str, caller: Caller, confirmed: Wish | None
    ) -> Wish | Confirm | None:
        """The details that count at this member's first login; None at any other login."""
        if not isinstance(identity, OneMember) or not identity.candidate.awaits_first_login:
            return None
        claims = await store_claims.of_member(self.chassis.pool, identity.candidate.member_id)
        browser_hash = self.hashing.token("browser", caller.browser)
        return first_pick(claims, email, browser_hash, confirmed) or identity.candidate.wish

    def _request(self, login: Login, caller: Caller, kind: type[LoginRequest] = LoginRequest) -> LoginRequest:
        # A known browser is no stranger's: its wrong codes are its own affair.
        browser, mailbox = login.credential.browser, mailbox_of(login.email)
        of_address = ("guess-known", browser) if login.known else ("guess-address",)
        agencies = () if login.known else first_login_agencies(login.identity, login.agency_id)
        return kind(
            operation=self.operations.new_operation(login),
            member_id=login.member_id,
            session=login.credential.session,
            replaced_session=self.sessions.replaced_by(caller, login.credential.session),
            mailbox=mailbox,
            browser_hash=self.hashing.of("browser", browser),
            known_until=known_until(self.chassis.world.clock()),
            is_known_browser=login.known,
            link_hash=login.link_hash,
            address=self.hashing.of(*of_address, mailbox),
            first_logins={
                agency_id: self.hashing.of("guess-first", str(agency_id))
                for agency_id in agencies
                if agency_id != NOBODY
            },
            tried_by=self.hashing.of("guess-by", browser, mailbox),
        )

    async def _sign_in(self, login: Login, caller: Caller) -> SignedInAs:
        request = self._request(login, caller)
        with self.listener.operation(request.operation.id) as ended:
            await self.operations.decide_secret(
                request, lambda _changes, ctx: decide(login, request, ctx, self.hashing), ANYONE
            )
            if not isinstance(login.identity, OneMember):
                raise RejectedError(RejectionCode.INVALID_CODE)
            wait = login.identity.candidate.status is not MemberStatus.ACTIVE
            try:
                return await self.sessions.enter(request, login.credential, ended, wait=wait)
            except RejectedError as rejection:
                if rejection.code != RejectionCode.UNKNOWN_MEMBER:
                    raise
                # The member was removed before members handled the command: by then the proof had died.
                raise login.dead() from None


def _name_of(caller: Caller, link_hash: bytes | None) -> str:
    """The name under which a repeated key is found. The first answer to a link may give the browser another name."""
    return caller.name if link_hash is None else f"link:{link_hash.hex()}"


def _pick(identity: Identity, email: str, wish: Wish | Confirm | None) -> Pick | None:
    """The details that a first login gives the Pending login; None for any other login."""
    if not isinstance(identity, OneMember) or not isinstance(wish, Wish):
        return None
    known = identity.candidate
    row = Details(email=known.email, name=known.wish.name, seat_type=known.wish.seat_type)
    return Pick(email=email, name=wish.name, seat_type=wish.seat_type, instead_of=row)
