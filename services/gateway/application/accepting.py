"""Following an invitation's link: it proves the mailbox, asks for a seat and signs in; all in one transaction, once."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.actor import ActorContext
from contracts.gateway import SignedIn
from contracts.members import AcceptInvite
from contracts.vocabulary import RejectionCode, member
from services.gateway.application.hashing import Hashing
from services.gateway.application.limits import Limits
from services.gateway.application.notify_listener import NotifyListener
from services.gateway.application.operations import Operations, Write
from services.gateway.application.ports import Caller, Chassis
from services.gateway.application.sessions import Begun, Sessions, SignedInAs
from services.gateway.domain.invitation_link import LinkOver, LinkState, link_over
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.invitations import InvitationAddress
from services.gateway.model.rejected import RejectedError
from services.gateway.model.request_state import Claim, Follow, Operation
from services.gateway.settings import RequestLimits
from services.gateway.store import invitations as store_invitations


@dataclass(slots=True)
class Accepting:
    """Lets in who follows an invitation's link."""

    chassis: Chassis
    operations: Operations
    sessions: Sessions
    listener: NotifyListener
    limits: Limits
    hashing: Hashing
    allowed: RequestLimits

    async def accept(self, token: str, caller: Caller, key: str | None = None) -> SignedInAs:
        """Follow an invitation's link: ask for a seat, and sign in. RejectedError `link_expired` and others."""
        self.operations.check_bus()
        await self.limits.take((("tries-network", caller.network, self.allowed.tries_per_network),))
        link_hash = self.hashing.of("invitation", token)
        found = await store_invitations.of_link(self.chassis.pool, link_hash)
        if found is None:
            raise _over(LinkOver.ENDED)
        if found.member_id is None:
            # The mail was quicker than the news of whom it is for.
            raise RejectedError(RejectionCode.BUS_UNAVAILABLE)
        claim = self._claim(found, found.member_id, caller, key, link_hash)
        session = self.sessions.begin(found.member_id, found.agency_id, caller)
        follow = Follow(found.id, found.member_id, claim)
        with self.listener.operation(claim.operation.id) as ended:
            await self.operations.begin(
                claim, follow, lambda changes, ctx: _follow(follow, session, changes, ctx), member(found.member_id)
            )
            try:
                return await self.sessions.enter(session, claim.operation, ended, wait=True)
            except RejectedError as refused:
                if refused.code == RejectionCode.INTERNAL_ERROR:
                    await store_invitations.give_back(self.chassis.pool, found.id)
                if refused.code in {RejectionCode.LINK_EXPIRED, RejectionCode.UNKNOWN_MEMBER}:
                    raise _over(
                        LinkOver.REPLACED if refused.code == RejectionCode.LINK_EXPIRED else LinkOver.ENDED
                    ) from None
                raise

    def _claim(
        self, found: InvitationAddress, member_id: UUID, caller: Caller, key: str | None, link_hash: bytes
    ) -> Claim:
        actor = member(member_id)
        return self.operations.claim(
            Write(
                command=AcceptInvite(member_id=member_id, invitation_id=found.id),
                agency_id=found.agency_id,
                caller=caller.name if key is not None else str(actor),
                actor=actor,
                key=key,
                body=link_hash.hex(),
                secret=True,
            )
        )


def _follow(
    follow: Follow, session: Begun, changes: AgencyChanges, ctx: ActorContext
) -> Operation | RejectedError | None:
    """Runs in the transaction: None is success, an operation is an earlier one of the same key."""
    request_state = changes.request_state
    if (earlier := request_state.begun_before(follow.claim)) is not None:
        return earlier
    found, now = request_state.invitations.get(follow.invitation_id), request_state.standing.get(follow.member_id)
    status = None if now is None else now.status
    over = LinkOver.ENDED if found is None else link_over(found.state, found.expires_at, status, ctx.now)
    if found is None or over is not None:
        request_state.unclaim(follow.claim)
        return _over(over or LinkOver.ENDED)
    found.state, found.touched = LinkState.USED, True
    request_state.sessions.append(session.row)
    command = AcceptInvite(member_id=follow.member_id, invitation_id=follow.invitation_id)
    ctx.send(command, id=follow.claim.operation.id)
    ctx.publish(SignedIn(member_id=follow.member_id, at=ctx.now))
    return None


def _over(why: LinkOver) -> RejectedError:
    return RejectedError(RejectionCode.LINK_EXPIRED, {"invitation": why.value})
