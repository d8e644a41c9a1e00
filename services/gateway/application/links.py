"""Read a mailed link before it is used: for whom it is, and whether it still works.

Reading changes nothing, because mail scanners follow links too. An invented link tells nothing about anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from contracts.vocabulary import MemberStatus, RejectionCode
from services.gateway.application.hashing import Hashing
from services.gateway.application.ports import Chassis
from services.gateway.domain.invitation_link import LinkOver, link_over
from services.gateway.domain.one_click_link import login_link_over
from services.gateway.model.agency import Principal
from services.gateway.model.rejected import RejectedError
from services.gateway.store import invitations as store_invitations
from services.gateway.store import login_codes as store_login_codes
from services.gateway.store import reading as store_reading


class MailedLink(Protocol):
    """A mailed link of either kind: a login's or an invitation's."""

    @property
    def over(self) -> LinkOver | None:
        """The reason why the link does nothing any more; None while it works."""

    @property
    def email(self) -> str | None:
        """The address that the link was mailed to; None for a link that was never mailed."""

    def is_for(self, principal: Principal) -> bool:
        """Whether the link was mailed to this person."""


@dataclass(frozen=True, slots=True)
class LoginLink:
    """The link of a code mail. `agencies` are the names of those that the address can sign in to."""

    over: LinkOver | None
    email: str | None = None
    agencies: tuple[str, ...] = ()
    member_ids: frozenset[UUID] = frozenset()

    def is_for(self, principal: Principal) -> bool:
        """Whether the link signs this person in."""
        return principal.member.id in self.member_ids


@dataclass(frozen=True, slots=True)
class InvitationLink:
    """The link of an invitation. `inviter` is None when the operator invited, or when the inviter is gone."""

    over: LinkOver | None
    email: str | None = None
    agency: str | None = None
    inviter: str | None = None
    member_id: UUID | None = None

    def is_for(self, principal: Principal) -> bool:
        """Whether this person was invited."""
        return principal.member.id == self.member_id


@dataclass(frozen=True, slots=True)
class Links:
    """Reads the links of mails."""

    chassis: Chassis
    hashing: Hashing

    async def login(self, token: str) -> LoginLink:
        """The link of a code mail."""
        pool = self.chassis.pool
        mailed = await store_login_codes.mailed_link(pool, self.hashing.of("link", token))
        if mailed is None:
            return LoginLink(LinkOver.UNKNOWN)
        mailbox, link = mailed
        candidates = await store_reading.candidates(pool, mailbox)
        present = [candidate for candidate in candidates if candidate.status is not MemberStatus.REMOVED]
        if not present:
            return LoginLink(LinkOver.ENDED)
        return LoginLink(
            over=login_link_over(link, self.chassis.world.clock()),
            email=present[0].email,
            agencies=tuple(sorted(candidate.agency_name for candidate in present)),
            member_ids=frozenset(candidate.member_id for candidate in present),
        )

    async def invitation(self, token: str) -> InvitationLink:
        """The link of an invitation. RejectedError `bus_unavailable` before members has published its member."""
        shown = await store_invitations.shown(self.chassis.pool, self.hashing.of("invitation", token))
        if shown is None:
            return InvitationLink(LinkOver.UNKNOWN)
        if shown.member_id is None:
            raise RejectedError(RejectionCode.BUS_UNAVAILABLE)
        over = link_over(shown.state, shown.expires_at, shown.status, self.chassis.world.clock())
        return InvitationLink(over, shown.email, shown.agency, shown.inviter, shown.member_id)
