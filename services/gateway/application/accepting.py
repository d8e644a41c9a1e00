"""Following an invitation's link: it proves the mailbox, requests a seat and signs in, in one transaction, once."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.actor import ActorContext
from contracts.members_invitations import AcceptInvite
from contracts.vocabulary import RejectionCode, member
from services.gateway.application.hashing import Hashing
from services.gateway.application.limits import Limits
from services.gateway.application.notify_listener import NotifyListener
from services.gateway.application.operations import Operations, Write
from services.gateway.application.ports import Caller, Chassis
from services.gateway.application.sessions import Sessions, SignedInAs, signed_in_event
from services.gateway.domain.invitation_link import LinkOver, link_over
from services.gateway.domain.known_browser import known_until
from services.gateway.model.rejected import RejectedError
from services.gateway.model.requests import AcceptRequest
from services.gateway.settings import RequestLimits
from services.gateway.store import invitations as store_invitations


@dataclass(slots=True)
class Accepting:
    """Signs in invited members by the links of their invitations."""

    chassis: Chassis
    operations: Operations
    sessions: Sessions
    listener: NotifyListener
    limits: Limits
    hashing: Hashing
    allowed: RequestLimits

    async def accept(self, token: str, caller: Caller, key: str | None = None) -> SignedInAs:
        """Follow an invitation's link. RejectedError `link_expired` and others."""
        self.operations.check_bus()
        link_hash = self.hashing.of("invitation", token)
        invitation = await store_invitations.of_link(self.chassis.pool, link_hash)
        if invitation is None:
            # A link that was sent works whatever its network does: only invented ones are limited.
            await self.limits.take([(self.allowed.tries_of_network, caller.network)])
            raise _over(LinkOver.UNKNOWN)
        if invitation.member_id is None or invitation.mailbox is None:
            # The mail has arrived before the event that names the member.
            raise RejectedError(RejectionCode.BUS_UNAVAILABLE)
        actor = member(invitation.member_id)
        write = Write(
            command=AcceptInvite(member_id=invitation.member_id, invitation_id=invitation.id),
            agency_id=invitation.agency_id,
            # The first answer may give the browser its token, and so another name: the link names the caller.
            caller=f"invitation:{invitation.id}",
            actor=actor,
            key=key,
            body=link_hash.hex(),
            secret=True,
        )
        credential = self.sessions.begin(caller)
        request = AcceptRequest(
            operation=self.operations.new_operation(write),
            member_id=invitation.member_id,
            invitation_id=invitation.id,
            session=credential.session,
            replaced_session=self.sessions.replaced_by(caller, credential.session),
            mailbox=invitation.mailbox,
            browser_hash=self.hashing.of("browser", credential.browser),
            known_until=known_until(self.chassis.world.clock()),
        )
        with self.listener.operation(request.operation.id) as ended:
            await self.operations.decide_secret(
                request, lambda _changes, ctx: _follow(request, write, ctx), member(invitation.member_id)
            )
            try:
                return await self.sessions.enter(request, credential, ended, wait=True)
            except RejectedError as rejection:
                if rejection.code == RejectionCode.INTERNAL_ERROR:
                    await store_invitations.reopen(self.chassis.pool, invitation.id)
                if rejection.code == RejectionCode.LINK_EXPIRED:
                    raise _over(LinkOver.REPLACED) from None
                if rejection.code == RejectionCode.UNKNOWN_MEMBER:
                    raise _over(LinkOver.ENDED) from None
                raise


def _follow(request: AcceptRequest, write: Write, ctx: ActorContext) -> RejectedError | None:
    """Decide in the transaction: use the link up, and send the command."""
    link = request.link
    status = None if request.standing is None else request.standing.status
    if link is None:
        return _over(LinkOver.ENDED)
    if (over := link_over(link.state, link.expires_at, status, ctx.now)) is not None:
        return _over(over)
    link.use()
    ctx.send(write.command, id=request.operation.id)
    ctx.publish(signed_in_event(request, ctx, new_browser=False))
    return None


def _over(reason: LinkOver) -> RejectedError:
    return RejectedError(RejectionCode.LINK_EXPIRED, {"invitation": reason.value})
