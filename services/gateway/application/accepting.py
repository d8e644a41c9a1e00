"""Following an invitation's link: it proves the mailbox, asks for a seat and signs in; all in one transaction, once."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.actor import Turn
from contracts.gateway import SignedIn
from contracts.members import AcceptInvite
from contracts.vocabulary import Refusal, member
from services.gateway import store_invitations
from services.gateway.application.hashing import Hashing
from services.gateway.application.limits import Limits
from services.gateway.application.operations import Operations, Write
from services.gateway.application.ports import Asker, Chassis
from services.gateway.application.refused import RefusedError
from services.gateway.application.sessions import Begun, Sessions, SignedInAs
from services.gateway.application.wakeups import Wakeups
from services.gateway.desk import Claim, Follow, Operation
from services.gateway.domain.invitation_link import LinkOver, LinkState, link_over
from services.gateway.settings import RequestLimits
from services.gateway.state import AgencyNews
from services.gateway.store_invitations import Addressed


@dataclass(slots=True)
class Accepting:
    """Lets in who follows an invitation's link."""

    chassis: Chassis
    operations: Operations
    sessions: Sessions
    wakeups: Wakeups
    limits: Limits
    hashing: Hashing
    allowed: RequestLimits

    async def accept(self, token: str, asker: Asker, key: str | None = None) -> SignedInAs:
        """Follow an invitation's link: ask for a seat, and sign in. RefusedError `link_expired` and others."""
        self.operations.check_bus()
        await self.limits.take((("tries-network", asker.network, self.allowed.tries_per_network),))
        link_hash = self.hashing.of("invitation", token)
        found = await store_invitations.of_link(self.chassis.pool, link_hash)
        if found is None:
            raise _over(LinkOver.ENDED)
        if found.member_id is None:
            # The mail was quicker than the news of whom it is for.
            raise RefusedError(Refusal.BUS_UNAVAILABLE)
        claim = self._claim(found, found.member_id, asker, key, link_hash)
        session = self.sessions.begin(found.member_id, found.agency_id, asker)
        follow = Follow(found.id, found.member_id, claim)
        with self.wakeups.operation(claim.operation.id) as ended:
            await self.operations.begin(
                claim, follow, lambda news, turn: _follow(follow, session, news, turn), member(found.member_id)
            )
            try:
                return await self.sessions.enter(session, claim.operation, ended, wait=True)
            except RefusedError as refused:
                if refused.code == Refusal.INTERNAL_ERROR:
                    await store_invitations.give_back(self.chassis.pool, found.id)
                if refused.code in {Refusal.LINK_EXPIRED, Refusal.UNKNOWN_MEMBER}:
                    raise _over(LinkOver.REPLACED if refused.code == Refusal.LINK_EXPIRED else LinkOver.ENDED) from None
                raise

    def _claim(self, found: Addressed, member_id: UUID, asker: Asker, key: str | None, link_hash: bytes) -> Claim:
        actor = member(member_id)
        return self.operations.claim(
            Write(
                order=AcceptInvite(member_id=member_id, invitation_id=found.id),
                agency_id=found.agency_id,
                caller=asker.name if key is not None else str(actor),
                actor=actor,
                key=key,
                body=link_hash.hex(),
                secret=True,
            )
        )


def _follow(follow: Follow, session: Begun, news: AgencyNews, turn: Turn) -> Operation | RefusedError | None:
    """Runs in the transaction: None is success, an operation is an earlier one of the same key."""
    desk = news.desk
    if (earlier := desk.begun_before(follow.claim)) is not None:
        return earlier
    found, now = desk.invitations.get(follow.invitation_id), desk.standing.get(follow.member_id)
    status = None if now is None else now.status
    over = LinkOver.ENDED if found is None else link_over(found.state, found.expires_at, status, turn.now)
    if found is None or over is not None:
        desk.unclaim(follow.claim)
        return _over(over or LinkOver.ENDED)
    found.state, found.touched = LinkState.USED, True
    desk.sessions.append(session.row)
    order = AcceptInvite(member_id=follow.member_id, invitation_id=follow.invitation_id)
    turn.say(order, id=follow.claim.operation.id)
    turn.say(SignedIn(member_id=follow.member_id, at=turn.now))
    return None


def _over(why: LinkOver) -> RefusedError:
    return RefusedError(Refusal.LINK_EXPIRED, {"invitation": why.value})
