"""Signing in: a code or a link proves the mailbox, and the command and the session are recorded in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from typing import assert_never
from uuid import UUID

from chassis.actor import ActorContext
from contracts.gateway import CodesLimited, SignedIn
from contracts.members import RecordLogin
from contracts.vocabulary import ANYONE, MemberStatus, Proof, RejectionCode, domain_of, mailbox_of, member
from services.gateway.application.codes import NOBODY
from services.gateway.application.hashing import Hashing
from services.gateway.application.limits import Limits
from services.gateway.application.notify_listener import NotifyListener
from services.gateway.application.operations import Operations, Write
from services.gateway.application.ports import Caller, Chassis
from services.gateway.application.sessions import Begun, Sessions, SignedInAs
from services.gateway.domain.came_back import outlived
from services.gateway.domain.code_guessing import (
    AskedCode,
    LinkNeeded,
    NoLiveCode,
    Proven,
    Scope,
    Tried,
    Wrong,
    judge,
)
from services.gateway.domain.one_click_link import SentLink, proves
from services.gateway.domain.who_signs_in import Candidate, Nobody, Person, Several, is_first_login, member_in, who
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.rejected import RejectedError
from services.gateway.model.request_state import Claim, LoginCode, Operation, Try
from services.gateway.settings import RequestLimits
from services.gateway.store import reading as store_reading

Who = Person | Several | Nobody


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try, with everything that its decision needs."""

    try_: Try
    claim: Claim
    who: Who
    proof: Proof
    code: str | None
    session: Begun | None


@dataclass(slots=True)
class SignIn:
    """Lets in who has a code or a link."""

    chassis: Chassis
    operations: Operations
    sessions: Sessions
    listener: NotifyListener
    limits: Limits
    hashing: Hashing
    allowed: RequestLimits

    async def by_code(
        self, email: str, code: str, caller: Caller, *, agency_id: UUID | None = None, key: str | None = None
    ) -> SignedInAs:
        """Sign in with the four digits. RejectedError: `invalid_code`, `link_required`, `choose_agency` and others."""
        return await self._sign_in(mailbox_of(email), code, None, caller, agency_id, key)

    async def by_link(
        self, token: str, caller: Caller, *, agency_id: UUID | None = None, key: str | None = None
    ) -> SignedInAs:
        """Sign in with the mail's link. RejectedError: `link_expired`, `choose_agency` and others."""
        link_hash = self.hashing.of("link", token)
        mailbox = await store_reading.mailbox_of_link(self.chassis.pool, link_hash)
        if mailbox is None:
            raise RejectedError(RejectionCode.LINK_EXPIRED)
        return await self._sign_in(mailbox, None, link_hash, caller, agency_id, key)

    async def _sign_in(
        self,
        mailbox: str,
        code: str | None,
        link: bytes | None,
        caller: Caller,
        agency_id: UUID | None,
        key: str | None,
    ) -> SignedInAs:
        self.operations.check_bus()
        await self.limits.take((("tries-network", caller.network, self.allowed.tries_per_network),))
        pool = self.chassis.pool
        whose = await store_reading.agency_of_domain(pool, domain_of(mailbox))
        it_is = who(await store_reading.candidates(pool, mailbox), agency_id)
        attempt = self._attempt(mailbox, code, link, caller, it_is, whose.id if whose else NOBODY, key)
        begun = attempt.claim.operation
        with self.listener.operation(begun.id) as ended:
            await self.operations.begin(
                attempt.claim, attempt.try_, lambda changes, ctx: self._decide(attempt, changes, ctx), ANYONE
            )
            if not isinstance(it_is, Person) or attempt.session is None:
                raise RejectedError(RejectionCode.INVALID_CODE)
            wait = it_is.candidate.status is not MemberStatus.ACTIVE
            try:
                return await self.sessions.enter(attempt.session, begun, ended, wait=wait)
            except RejectedError as refused:
                if refused.code != RejectionCode.UNKNOWN_MEMBER:
                    raise
                # They were removed before members heard of this: by then the proof had died.
                raise _dead(attempt.proof) from None

    def _attempt(
        self,
        mailbox: str,
        code: str | None,
        link: bytes | None,
        caller: Caller,
        it_is: Who,
        domains_agency: UUID,
        key: str | None,
    ) -> _Attempt:
        match it_is:
            case Person(one):
                agency_id, member_id = one.agency_id, one.member_id
            case Several(all_of_them):
                agency_id, member_id = min(one.agency_id for one in all_of_them), UUID(int=0)
            case Nobody():
                agency_id, member_id = domains_agency, UUID(int=0)
            case never:
                assert_never(never)
        proof = Proof.LINK if code is None else Proof.CODE
        claim = self.operations.claim(
            Write(
                command=RecordLogin(member_id=member_id, proof=proof),
                agency_id=agency_id,
                caller=caller.name if key is not None else f"member:{member_id}",
                actor=member(member_id) if isinstance(it_is, Person) else ANYONE,
                key=key,
                body=f"{mailbox}\n{code}\n{link.hex() if link else None}\n{agency_id}",
                secret=True,
            )
        )
        first = is_first_login(it_is)
        session = self.sessions.begin(member_id, agency_id, caller) if isinstance(it_is, Person) else None
        wanted = Try(
            proof=proof,
            member_id=member_id,
            mailbox=mailbox,
            browser_hash=self.hashing.token("browser", caller.browser) if link is None else None,
            link_hash=link,
            address=self.hashing.of("guess-address", mailbox),
            first_logins=self.hashing.of("guess-first", str(agency_id)) if first and agency_id != NOBODY else None,
            claim=claim,
        )
        return _Attempt(wanted, claim, it_is, proof, code, session)

    def _decide(self, attempt: _Attempt, changes: AgencyChanges, ctx: ActorContext) -> Operation | RejectedError | None:
        """Runs in the transaction: None is success, an operation is an earlier one of the same key."""
        request_state = changes.request_state
        if (earlier := request_state.begun_before(attempt.claim)) is not None:
            return earlier
        no = self._by_link(attempt, changes, ctx) if attempt.code is None else self._by_code(attempt, changes, ctx)
        if no is not None:
            request_state.unclaim(attempt.claim)
        return no

    def _by_link(self, attempt: _Attempt, changes: AgencyChanges, ctx: ActorContext) -> RejectedError | None:
        found = _lasting(changes.request_state.links.get(attempt.try_.link_hash or b""), attempt.who, changes)
        if found is None or not proves(SentLink(found.expires_at, found.used), ctx.now):
            return RejectedError(RejectionCode.LINK_EXPIRED)
        return _enter(attempt, found, changes, ctx)

    def _by_code(self, attempt: _Attempt, changes: AgencyChanges, ctx: ActorContext) -> RejectedError | None:
        request_state, wanted = changes.request_state, attempt.try_
        asked = _lasting(request_state.codes.get((wanted.browser_hash or b"", wanted.mailbox)), attempt.who, changes)
        known = None if asked is None else AskedCode(asked.expires_at, asked.wrong, asked.used)
        first = None if wanted.first_logins is None else request_state.guesses[wanted.first_logins]
        with_retry = Tried(request_state.guesses[wanted.address], first)
        fits = asked is not None and self._fits(asked, attempt.code or "")
        matches = fits and not isinstance(attempt.who, Nobody)
        match judge(known, with_retry, matches=matches, now=ctx.now):
            case Proven():
                return _enter(attempt, asked, changes, ctx)
            case Wrong(tries_left, reached):
                _count_wrong(attempt, asked, changes, ctx, reached)
                return RejectedError(RejectionCode.INVALID_CODE, {"tries_left": tries_left})
            case NoLiveCode():
                return RejectedError(RejectionCode.INVALID_CODE, {"tries_left": 0})
            case LinkNeeded():
                return RejectedError(RejectionCode.LINK_REQUIRED)
            case never:
                assert_never(never)

    def _fits(self, asked: LoginCode, code: str) -> bool:
        return compare_digest(asked.code_hash or b"", self.hashing.of("code", str(asked.id), code))


def _lasting(asked: LoginCode | None, it_is: Who, changes: AgencyChanges) -> LoginCode | None:
    """The code or link, unless the person who would sign in with it was removed since it was asked for."""
    if asked is None or not isinstance(it_is, Person):
        return asked
    now = changes.request_state.standing.get(it_is.candidate.member_id)
    if now is None or outlived(asked.created_at, now.status, now.removed_at):
        return None
    return asked


def _enter(
    attempt: _Attempt, proven: LoginCode | None, changes: AgencyChanges, ctx: ActorContext
) -> RejectedError | None:
    """The mailbox is theirs: begin the session and tell members, unless the person still has to choose."""
    match attempt.who:
        case Several(candidates):
            return RejectedError(RejectionCode.CHOOSE_AGENCY, agencies=[_choice(one) for one in candidates])
        case Nobody():
            return RejectedError(RejectionCode.LINK_EXPIRED)
        case Person(one):
            if proven is not None:
                proven.used = proven.touched = True
            if attempt.session is not None:
                changes.request_state.sessions.append(attempt.session.row)
            actor = member(one.member_id)
            command = RecordLogin(member_id=one.member_id, proof=attempt.proof)
            ctx.send(command, id=attempt.claim.operation.id, actor=actor)
            ctx.publish(SignedIn(member_id=one.member_id, at=ctx.now), actor=actor)
            return None
        case never:
            assert_never(never)


def _dead(proof: Proof) -> RejectedError:
    """The code or the link works no more."""
    if proof is Proof.CODE:
        return RejectedError(RejectionCode.INVALID_CODE, {"tries_left": 0})
    return RejectedError(RejectionCode.LINK_EXPIRED)


def _choice(one: Candidate) -> dict[str, str]:
    return {"id": str(one.agency_id), "name": one.agency_name, "domain": one.agency_domain}


def _count_wrong(
    attempt: _Attempt, asked: LoginCode | None, changes: AgencyChanges, ctx: ActorContext, reached: tuple[Scope, ...]
) -> None:
    request_state, wanted = changes.request_state, attempt.try_
    if asked is not None:
        asked.wrong += 1
        asked.touched = True
    for subject in (wanted.address, wanted.first_logins):
        if subject is not None:
            request_state.guesses[subject].append(ctx.now)
            request_state.wrong.append((subject, ctx.now))
    for scope in reached:
        _tell(scope, attempt.who, changes.agency_id, ctx)


def _tell(scope: Scope, it_is: Who, agency_id: UUID, ctx: ActorContext) -> None:
    """Admins are told when codes stop; an address that is nobody's has no admins, and one of several the first's."""
    match scope:
        case Scope.ADDRESS if (whose := member_in(agency_id, it_is)) is not None:
            ctx.publish(CodesLimited(scope="address", member_id=whose))
        case Scope.FIRST_LOGINS if agency_id != NOBODY:
            ctx.publish(CodesLimited(scope="first_logins"))
        case Scope.ADDRESS | Scope.FIRST_LOGINS:
            pass
        case never:
            assert_never(never)
