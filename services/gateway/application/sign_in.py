"""Signing in: a code or a link proves the mailbox, and the order and the session are recorded in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from typing import assert_never
from uuid import UUID

from chassis.actor import Turn
from contracts.gateway import CodesLimited, SignedIn
from contracts.members import RecordLogin
from contracts.vocabulary import ANYONE, MemberStatus, Proof, Refusal, domain_of, mailbox_of, member
from services.gateway import store_reading
from services.gateway.application.codes import NOBODY
from services.gateway.application.hashing import Hashing
from services.gateway.application.limits import Limits
from services.gateway.application.operations import Operations, Write
from services.gateway.application.ports import Asker, Chassis
from services.gateway.application.refused import RefusedError
from services.gateway.application.sessions import Begun, Sessions, SignedInAs
from services.gateway.application.wakeups import Wakeups
from services.gateway.desk import Claim, LoginCode, Operation, Try
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
from services.gateway.settings import RequestLimits
from services.gateway.state import AgencyNews

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
    wakeups: Wakeups
    limits: Limits
    hashing: Hashing
    allowed: RequestLimits

    async def by_code(
        self, email: str, code: str, asker: Asker, *, agency_id: UUID | None = None, key: str | None = None
    ) -> SignedInAs:
        """Sign in with the four digits. RefusedError: `invalid_code`, `link_required`, `choose_agency` and others."""
        return await self._sign_in(mailbox_of(email), code, None, asker, agency_id, key)

    async def by_link(
        self, token: str, asker: Asker, *, agency_id: UUID | None = None, key: str | None = None
    ) -> SignedInAs:
        """Sign in with the mail's link. RefusedError: `link_expired`, `choose_agency` and others."""
        link_hash = self.hashing.of("link", token)
        mailbox = await store_reading.mailbox_of_link(self.chassis.pool, link_hash)
        if mailbox is None:
            raise RefusedError(Refusal.LINK_EXPIRED)
        return await self._sign_in(mailbox, None, link_hash, asker, agency_id, key)

    async def _sign_in(
        self, mailbox: str, code: str | None, link: bytes | None, asker: Asker, agency_id: UUID | None, key: str | None
    ) -> SignedInAs:
        self.operations.check_bus()
        await self.limits.take((("tries-network", asker.network, self.allowed.tries_per_network),))
        pool = self.chassis.pool
        whose = await store_reading.agency_of_domain(pool, domain_of(mailbox))
        it_is = who(await store_reading.candidates(pool, mailbox), agency_id)
        attempt = self._attempt(mailbox, code, link, asker, it_is, whose.id if whose else NOBODY, key)
        begun = attempt.claim.operation
        with self.wakeups.operation(begun.id) as ended:
            await self.operations.begin(
                attempt.claim, attempt.try_, lambda news, turn: self._decide(attempt, news, turn), ANYONE
            )
            if not isinstance(it_is, Person) or attempt.session is None:
                raise RefusedError(Refusal.INVALID_CODE)
            wait = it_is.candidate.status is not MemberStatus.ACTIVE
            try:
                return await self.sessions.enter(attempt.session, begun, ended, wait=wait)
            except RefusedError as refused:
                if refused.code != Refusal.UNKNOWN_MEMBER:
                    raise
                # They were removed before members heard of this: by then the proof had died.
                raise _dead(attempt.proof) from None

    def _attempt(
        self,
        mailbox: str,
        code: str | None,
        link: bytes | None,
        asker: Asker,
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
                order=RecordLogin(member_id=member_id, proof=proof),
                agency_id=agency_id,
                caller=asker.name if key is not None else f"member:{member_id}",
                actor=member(member_id) if isinstance(it_is, Person) else ANYONE,
                key=key,
                body=f"{mailbox}\n{code}\n{link.hex() if link else None}\n{agency_id}",
                secret=True,
            )
        )
        first = is_first_login(it_is)
        session = self.sessions.begin(member_id, agency_id, asker) if isinstance(it_is, Person) else None
        wanted = Try(
            proof=proof,
            member_id=member_id,
            mailbox=mailbox,
            browser_hash=self.hashing.token("browser", asker.browser) if link is None else None,
            link_hash=link,
            address=self.hashing.of("guess-address", mailbox),
            first_logins=self.hashing.of("guess-first", str(agency_id)) if first and agency_id != NOBODY else None,
            claim=claim,
        )
        return _Attempt(wanted, claim, it_is, proof, code, session)

    def _decide(self, attempt: _Attempt, news: AgencyNews, turn: Turn) -> Operation | RefusedError | None:
        """Runs in the transaction: None is success, an operation is an earlier one of the same key."""
        desk = news.desk
        if (earlier := desk.begun_before(attempt.claim)) is not None:
            return earlier
        no = self._by_link(attempt, news, turn) if attempt.code is None else self._by_code(attempt, news, turn)
        if no is not None:
            desk.unclaim(attempt.claim)
        return no

    def _by_link(self, attempt: _Attempt, news: AgencyNews, turn: Turn) -> RefusedError | None:
        found = _lasting(news.desk.links.get(attempt.try_.link_hash or b""), attempt.who, news)
        if found is None or not proves(SentLink(found.expires_at, found.used), turn.now):
            return RefusedError(Refusal.LINK_EXPIRED)
        return _enter(attempt, found, news, turn)

    def _by_code(self, attempt: _Attempt, news: AgencyNews, turn: Turn) -> RefusedError | None:
        desk, wanted = news.desk, attempt.try_
        asked = _lasting(desk.codes.get((wanted.browser_hash or b"", wanted.mailbox)), attempt.who, news)
        known = None if asked is None else AskedCode(asked.expires_at, asked.wrong, asked.used)
        first = None if wanted.first_logins is None else desk.guesses[wanted.first_logins]
        tried = Tried(desk.guesses[wanted.address], first)
        fits = asked is not None and self._fits(asked, attempt.code or "")
        matches = fits and not isinstance(attempt.who, Nobody)
        match judge(known, tried, matches=matches, now=turn.now):
            case Proven():
                return _enter(attempt, asked, news, turn)
            case Wrong(tries_left, reached):
                _count_wrong(attempt, asked, news, turn, reached)
                return RefusedError(Refusal.INVALID_CODE, {"tries_left": tries_left})
            case NoLiveCode():
                return RefusedError(Refusal.INVALID_CODE, {"tries_left": 0})
            case LinkNeeded():
                return RefusedError(Refusal.LINK_REQUIRED)
            case never:
                assert_never(never)

    def _fits(self, asked: LoginCode, code: str) -> bool:
        return compare_digest(asked.code_hash or b"", self.hashing.of("code", str(asked.id), code))


def _lasting(asked: LoginCode | None, it_is: Who, news: AgencyNews) -> LoginCode | None:
    """The code or link, unless the person who would sign in with it was removed since it was asked for."""
    if asked is None or not isinstance(it_is, Person):
        return asked
    now = news.desk.standing.get(it_is.candidate.member_id)
    if now is None or outlived(asked.created_at, now.status, now.removed_at):
        return None
    return asked


def _enter(attempt: _Attempt, proven: LoginCode | None, news: AgencyNews, turn: Turn) -> RefusedError | None:
    """The mailbox is theirs: begin the session and tell members, unless the person still has to choose."""
    match attempt.who:
        case Several(candidates):
            return RefusedError(Refusal.CHOOSE_AGENCY, agencies=[_choice(one) for one in candidates])
        case Nobody():
            return RefusedError(Refusal.LINK_EXPIRED)
        case Person(one):
            if proven is not None:
                proven.used = proven.touched = True
            if attempt.session is not None:
                news.desk.sessions.append(attempt.session.row)
            actor = member(one.member_id)
            order = RecordLogin(member_id=one.member_id, proof=attempt.proof)
            turn.say(order, id=attempt.claim.operation.id, actor=actor)
            turn.say(SignedIn(member_id=one.member_id, at=turn.now), actor=actor)
            return None
        case never:
            assert_never(never)


def _dead(proof: Proof) -> RefusedError:
    """The code or the link works no more."""
    if proof is Proof.CODE:
        return RefusedError(Refusal.INVALID_CODE, {"tries_left": 0})
    return RefusedError(Refusal.LINK_EXPIRED)


def _choice(one: Candidate) -> dict[str, str]:
    return {"id": str(one.agency_id), "name": one.agency_name, "domain": one.agency_domain}


def _count_wrong(
    attempt: _Attempt, asked: LoginCode | None, news: AgencyNews, turn: Turn, reached: tuple[Scope, ...]
) -> None:
    desk, wanted = news.desk, attempt.try_
    if asked is not None:
        asked.wrong += 1
        asked.touched = True
    for subject in (wanted.address, wanted.first_logins):
        if subject is not None:
            desk.guesses[subject].append(turn.now)
            desk.wrong.append((subject, turn.now))
    for scope in reached:
        _tell(scope, attempt.who, news.agency_id, turn)


def _tell(scope: Scope, it_is: Who, agency_id: UUID, turn: Turn) -> None:
    """Admins are told when codes stop; an address that is nobody's has no admins, and one of several the first's."""
    match scope:
        case Scope.ADDRESS if (whose := member_in(agency_id, it_is)) is not None:
            turn.say(CodesLimited(scope="address", member_id=whose))
        case Scope.FIRST_LOGINS if agency_id != NOBODY:
            turn.say(CodesLimited(scope="first_logins"))
        case Scope.ADDRESS | Scope.FIRST_LOGINS:
            pass
        case never:
            assert_never(never)
