"""The part of the member list that an address names: a filter with an order, and the number of a page.

An action begins in the list or on a person's own page, and leads back there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from contracts.vocabulary import MemberStatus, Role, SeatType
from services.gateway.domain.idle_seats import IdleDays, idle_since
from services.gateway.domain.typed_words import SEARCH_MAX
from services.gateway.model.agency import Member
from services.gateway.model.member_list import MemberFilter, MemberSort
from services.gateway.pages.page_request import PageRequest

ROOT = "/admin/agency"
MEMBERS = f"{ROOT}/members"
_BLOCKED_SHOWN = 2
_PAGE_NUMBER = r"[1-9][0-9]{0,5}"
_COLUMNS = {
    "name": (MemberSort.NAME, MemberSort.NAME_DESCENDING),
    "last_seen": (MemberSort.LAST_SEEN, MemberSort.LAST_SEEN_DESCENDING),
}


@dataclass(frozen=True, slots=True)
class ListView:
    """The part of the list that the address names: a filter with an order, and the number of a page.

    `person` is the member on whose own page an action began; None for one of the list.
    """

    status: MemberStatus | None
    q: str
    seat: SeatType | None
    role: Role | None
    sort: MemberSort
    page: int
    person: UUID | None = None
    idle: IdleDays | None = None
    unseen_since: datetime | None = None

    @staticmethod
    def of(request: PageRequest) -> ListView:
        """The view of the request's address; a wrong part of the address counts as missing."""
        status, seat, role, sort = (request.query(name) for name in ("status", "seat", "role", "sort"))
        page = request.query("page") or ""
        idle = next((days for days in IdleDays if str(days) == request.query("idle")), None)
        return ListView(
            status=MemberStatus(status) if status in set(MemberStatus) else None,
            q=(request.query("q") or "").replace("\0", "")[:SEARCH_MAX].strip(),
            seat=SeatType(seat) if seat in set(SeatType) else None,
            role=Role(role) if role in set(Role) else None,
            sort=MemberSort(sort) if sort in set(MemberSort) else MemberSort.BLOCKED_FIRST,
            page=int(page) if re.fullmatch(_PAGE_NUMBER, page) else 1,
            person=_id_of(request.query("person")),
            idle=idle,
            unseen_since=None if idle is None else idle_since(idle, request.app.now()),
        )

    @property
    def filter(self) -> MemberFilter:
        """The members that this view shows."""
        return MemberFilter(self.status, self.q or None, self.seat, self.role, self.sort, self.unseen_since)

    @property
    def is_filtered(self) -> bool:
        """Whether something besides the status leaves members out."""
        return not self.filter.by_status_alone

    @property
    def is_sorted(self) -> bool:
        """Whether another order than the usual one is requested."""
        return self.sort is not MemberSort.BLOCKED_FIRST

    def query(self, **more: str | int | None) -> str:
        """The query of this view's address, or of an action that leads back to it."""
        values: dict[str, str | int | None] = {
            "status": self.status and self.status.value,
            "q": self.q,
            "seat": self.seat and self.seat.value,
            "role": self.role and self.role.value,
            "idle": self.idle,
            "sort": self.sort.value if self.is_sorted else None,
            "page": self.page if self.page > 1 else None,
            "person": None if self.person is None else str(self.person),
        }
        present = urlencode({name: value for name, value in (values | more).items() if value})
        return f"?{present}" if present else ""

    def address(self, **more: str | int | None) -> str:
        """Where an action leads back to: this view of the list, or the person's own page."""
        where = MEMBERS if self.person is None else f"{MEMBERS}/{self.person}"
        return f"{where}{replace(self, person=None).query(**more)}"

    @property
    def of_list(self) -> str:
        """The address of this view of the list, also when a person's own page is open."""
        return replace(self, person=None).address()

    def folds(self, number: int, member: Member) -> bool:
        """Whether this row, counted from 0, stays folded: the Blocked after the second, in the list of all."""
        if self.status is not None or self.is_filtered or self.is_sorted or self.page > 1:
            return False
        return number >= _BLOCKED_SHOWN and member.status is MemberStatus.BLOCKED

    @property
    def api_query(self) -> str:
        """The query of the API's spreadsheet with the same members in the same order."""
        seat = self.seat and self.seat.value
        return self.query(seat=None, seatType=seat, idle=None, notSeenFor=self.idle, page=None)

    def sorted_by(self, column: str) -> str:
        """The order that a press on this column's heading asks for: upward first, then downward."""
        up, down = _COLUMNS[column]
        return self.query(sort=down if self.sort is up else up, page=None)

    def direction(self, column: str) -> str | None:
        """How this column is ordered, in the words of `aria-sort`; None when it is not."""
        up, down = _COLUMNS[column]
        return {up: "ascending", down: "descending"}.get(self.sort)


def _id_of(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
