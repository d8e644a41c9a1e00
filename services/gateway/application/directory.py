"""The members of an agency, read now. Callers pass the principal, and see no other agency's members."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from contracts.seats_purchases import MOST_LET_IN
from contracts.vocabulary import MemberStatus, Quantities, RejectionCode, SeatType
from database.postgres import Pool
from services.gateway.application.member_list import Numbered, Page, all_members, numbered_page, page_of_members
from services.gateway.domain.gateway_codes import NOT_FOUND
from services.gateway.model.agency import Agency, Member, Principal
from services.gateway.model.member_list import MemberFilter
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.store import member_list as store_member_list
from services.gateway.store import reading as store_reading


def of_each_type(members: Sequence[Member]) -> Quantities:
    """How many of these members picked each seat type."""
    return Quantities(*(sum(member.seat_type is seat_type for member in members) for seat_type in SeatType))


class Directory:
    """Reads the members of the principal's agency."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def person(self, member_id: UUID) -> Principal | None:
        """A member and the agency, read now; None for an unknown id."""
        return await store_reading.person(self._pool, member_id)

    async def member(self, principal: Principal, member_id: UUID) -> Member | None:
        """A member of the principal's agency, read now; None for another agency's member."""
        members = await store_reading.members_by_id(self._pool, principal.agency.id, [member_id])
        return members[0] if members else None

    async def with_address(self, agency_id: UUID, email: str) -> UUID | None:
        """The member of an agency with exactly this address, for the operator; None when there is none."""
        return await store_reading.member_with_address(self._pool, agency_id, email)

    async def one(self, principal: Principal, member_id: UUID) -> Member:
        """A member of the principal's agency, read now. RejectedError `unknown_member` for another agency's."""
        member = await self.member(principal, member_id)
        if member is None:
            raise RejectedError(RejectionCode.UNKNOWN_MEMBER)
        return member

    async def subject(self, principal: Principal, operation: Operation) -> Member | None:
        """The member that an operation changed, read now; None while it is running."""
        named = operation.figures.get("member_id")
        return None if named is None else await self.member(principal, UUID(str(named)))

    async def members(self, principal: Principal, shown: MemberFilter, *, cursor: str | None, limit: int) -> Page:
        """A page of the agency's members who match; Removed members only with their status."""
        return await page_of_members(self._pool, principal.agency.id, shown, cursor=cursor, limit=limit)

    async def numbered_members(self, principal: Principal, shown: MemberFilter, *, number: int, size: int) -> Numbered:
        """The page of this number of the agency's members who match, or the last one when there are fewer."""
        return await numbered_page(self._pool, principal.agency.id, shown, number=number, size=size)

    def all_members(self, principal: Principal, shown: MemberFilter) -> AsyncIterator[tuple[Member, ...]]:
        """All of the agency's members who match, a page at a time."""
        return all_members(self._pool, principal.agency.id, shown)

    async def everybody(self, agency_id: UUID) -> AsyncIterator[tuple[Member, ...]]:
        """All of an agency's members, the Removed ones last, a page at a time."""
        for shown in (MemberFilter(), MemberFilter(MemberStatus.REMOVED)):
            async for members in all_members(self._pool, agency_id, shown):
                yield members

    async def agency(self, agency_id: UUID) -> Agency:
        """An agency, for the operator. RejectedError `not_found` for an unknown id."""
        agency = await store_reading.agency(self._pool, agency_id)
        if agency is None:
            raise RejectedError(NOT_FOUND)
        return agency

    async def members_shown(self, principal: Principal, ids: Sequence[UUID]) -> tuple[Member, ...]:
        """These members, read now, in the given order; another agency's members are left out."""
        members = await store_reading.members_by_id(self._pool, principal.agency.id, list(ids))
        by_id = {member.id: member for member in members}
        return tuple(by_id[member_id] for member_id in ids if member_id in by_id)

    async def blocked(self, principal: Principal) -> tuple[tuple[Member, ...], Quantities]:
        """The Blocked members by name, as many as one command lets in, and how many there are of each seat type."""
        members = await store_member_list.blocked(self._pool, principal.agency.id, MOST_LET_IN)
        if len(members) == MOST_LET_IN:
            return tuple(members), await store_member_list.blocked_by_type(self._pool, principal.agency.id)
        return tuple(members), of_each_type(members)

    async def admins(self, principal: Principal) -> list[tuple[UUID, str]]:
        """The agency's admins by name, removed ones included."""
        return await store_reading.admins(self._pool, principal.agency.id)

    async def has_one_admin(self, principal: Principal) -> bool:
        """Whether the agency has a single Active admin: that admin can be neither demoted nor removed."""
        return await store_reading.active_admins(self._pool, principal.agency.id) == 1
