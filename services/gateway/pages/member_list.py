"""The list of the Members tab, also while it is open in a browser: its rows stay in place, and their cells change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from starlette.responses import Response

from contracts.address import shown_address
from contracts.personal import is_erased
from contracts.vocabulary import MemberStatus, Role, SeatType
from contracts.wording import isolated
from services.gateway.domain.changed_order import changes
from services.gateway.domain.first_steps import first_steps
from services.gateway.domain.idle_seats import IdleDays, IdleSeats
from services.gateway.model.agency import Member, Principal
from services.gateway.model.plan import Plan
from services.gateway.model.rejected import RejectedError
from services.gateway.pages.alerts import Alert
from services.gateway.pages.billing_view import payment_note
from services.gateway.pages.blocked_panel import outcome_of, panel_of, priced
from services.gateway.pages.list_view import MEMBERS, ROOT, ListView
from services.gateway.pages.outcomes import outcomes_of, seat_to_add
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes
from services.gateway.texts import idle as idle_text
from services.gateway.texts import members as members_text
from services.gateway.texts import messages

_PAGE_SIZE = 50
_MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class FormAlert:
    """The alert of a form, shown in the cell of the member's row, or above the list when `member_id` is None.

    `seat_to_add`: the seat type of which one more would help.
    """

    alert: Alert
    member_id: UUID | None
    cell: str = "role"
    seat_to_add: SeatType | None = None

    @staticmethod
    def of(rejected: RejectedError, member_id: UUID | None, cell: str) -> FormAlert:
        """The alert of a rejection, with the way out."""
        return FormAlert(Alert.of(rejected), member_id, cell, seat_to_add(rejected))


@dataclass(frozen=True, slots=True)
class Row:
    """A member in the list, with the changes that an admin may make.

    `form_alert` is the alert of the form that was sent, whichever member it concerns.
    """

    member: Member
    form_alert: FormAlert | None
    only_admin: bool
    locked: bool
    now: datetime
    folded: bool = False
    """Whether a row of the Blocked waits behind "Show all", so that the Active are in sight."""

    @property
    def blocked_for(self) -> str | None:
        """Why the member is Blocked, in a few words; None for any other status."""
        if self.member.status is not MemberStatus.BLOCKED:
            return None
        return members_text.blocked_in_short(self.member.blocked_reason)

    @property
    def active(self) -> bool:
        """Whether the member holds a seat, whose type can change."""
        return self.member.status is MemberStatus.ACTIVE

    @property
    def can_be_ticked(self) -> bool:
        """Whether an action on several members may have this one among them."""
        return not self.locked

    @property
    def can_be_reinvited(self) -> bool:
        """Whether a fresh mail helps the member."""
        return not self.locked and self.member.status in {MemberStatus.BLOCKED, MemberStatus.INVITED}

    @property
    def removed(self) -> bool:
        """Whether only an invitation brings the member back."""
        return self.member.status is MemberStatus.REMOVED

    @property
    def erased(self) -> bool:
        """Whether nothing is left of the member but the history."""
        return is_erased(self.member.email)

    @property
    def can_be_undone(self) -> bool:
        """Whether the member's removal can still be undone."""
        until = self.member.undo_until
        return self.removed and not self.locked and until is not None and self.now < until

    @property
    def invited(self) -> bool:
        """Whether an invitation is open."""
        return self.member.status is MemberStatus.INVITED

    @property
    def seat_fixed_by(self) -> str | None:
        """The id of the text that says why the seat type cannot change; None when it can."""
        return "baa-banner" if self.locked else None

    @property
    def role_fixed_by(self) -> str | None:
        """The id of the text that says why the role cannot change; None when it can."""
        return f"only-{self.member.id.hex}" if self.only_admin else self.seat_fixed_by

    @property
    def meaning(self) -> str:
        """The meaning of the member's status, or the reason why the member is Blocked."""
        if self.member.status is MemberStatus.BLOCKED:
            member = self.member
            return members_text.blocked_for_admins(member.blocked_reason, member.seat_type, member.blocked_detail)
        return members_text.status_means(self.member.status, logged_in=self.member.waits_for_seat)

    def alert_in(self, cell: str) -> FormAlert | None:
        """The form's alert, when this cell shows it."""
        if self.form_alert is None or self.form_alert.member_id != self.member.id or self.form_alert.cell != cell:
            return None
        return self.form_alert


async def first_tab(request: PageRequest) -> Response:
    """On to the Members tab."""
    return request.redirect(MEMBERS)


async def show(request: PageRequest) -> Response:
    """The list of the agency's members."""
    return await list_page(request, await request.admin())


async def list_page(
    request: PageRequest, admin: Principal, form_alert: FormAlert | None = None, *, with_price: bool = False
) -> Response:
    """The list, with the alert of the form that was sent. `with_price`: the price in the panel of the Blocked too."""
    view = ListView.of(request)
    position = await request.app.position(admin)
    page = await request.app.directory.numbered_members(admin, view.filter, number=view.page, size=_PAGE_SIZE)
    members, changed = page.items, 0
    if (ids := _ids_of_open_page(request)) is not None:
        members = await request.app.directory.members_shown(admin, ids)
        changed = changes([member.id for member in members], [member.id for member in page.items])
    has_one_admin = await request.app.directory.has_one_admin(admin)
    rows = [
        Row(
            member,
            form_alert,
            only_admin=has_one_admin and member.status is MemberStatus.ACTIVE and member.role is Role.ADMIN,
            locked=not admin.agency.baa_signed,
            now=request.app.now(),
            folded=view.folds(number, member),
        )
        for number, member in enumerate(members)
    ]
    seats = await request.app.seats(admin)
    panel = await panel_of(request, admin, seats)
    if with_price and panel is not None and panel.buys:
        panel = replace(panel, priced=await priced(request, admin, seats, panel.people))
    plan = await request.app.reading.plan(admin.agency.id)
    problem = await request.app.card_problems.now(admin, seats, plan)
    has_signed = admin.agency.baa_signed or admin.agency.sign_again_by is not None
    total = sum(count for status, count in page.counts.items() if status is not MemberStatus.REMOVED)
    return request.page(
        "members.html",
        principal=admin,
        status=200 if form_alert is None else form_alert.alert.status,
        position=position,
        view=view,
        counts=page.counts,
        total=total,
        steps=first_steps(baa_signed=has_signed, others=total - 1, auto_add=seats.auto_add),
        rows=rows,
        changed=changed,
        page=page,
        pages=-(-page.total // _PAGE_SIZE),
        seats=seats,
        panel=panel,
        idle=None if view.idle is None else await idle_of(request, admin, plan, view.idle),
        currency=plan.currency,
        idle_mail=view.idle is not None and await request.app.idle_mails.is_wanted(admin),
        payment=payment_note(seats, plan, problem, request.app.now()),
        let_in=await outcome_of(request),
        sending=await request.app.list_sending.unfinished(admin),
        preview=None,
        alert=_alert_above(form_alert, members),
        done=await done_of(request, admin),
        undoable=await undoable(request, admin),
        outcomes=await outcomes_of(request, admin),
    )


async def idle_of(request: PageRequest, admin: Principal, plan: Plan, days: IdleDays) -> IdleSeats:
    """The idle seats of the agency, whatever else the view leaves out."""
    return next(idle for idle in await request.app.uses.idle(admin.agency.id, plan) if idle.days == days)


def _alert_above(form_alert: FormAlert | None, members: tuple[Member, ...]) -> Alert | None:
    """The form's alert, when no row of the list can show it."""
    if form_alert is None or form_alert.member_id in {member.id for member in members}:
        return None
    return form_alert.alert


def _ids_of_open_page(request: PageRequest) -> list[UUID] | None:
    """The members that an open page shows, in its order; None when a page is opened."""
    text = request.query("shown")
    if text is None:
        return None
    try:
        return [UUID(hexed) for hexed in text.split(".")[:_MOST_ROWS]]
    except ValueError:
        return None


async def done_of(request: PageRequest, admin: Principal) -> str | None:
    """The change that the form before this page has made; None when the member has changed again since."""
    if (mailed := request.query("mailed")) is not None:
        return idle_text.mailed(enabled=mailed == "on")
    done, member = request.query("done"), await member_of(request, admin, request.query("who"))
    if done == "slow":
        return messages.SLOW
    return None if done is None or member is None else _done_to(done, member)


async def undoable(request: PageRequest, admin: Principal) -> Member | None:
    """The member whose removal or role the form before this page has set, while it can be undone."""
    member = await member_of(request, admin, request.query("who"))
    match request.query("done"), member:
        case "removed", Member(undo_until=datetime()):
            return member
        case "role", Member(status=MemberStatus.ACTIVE):
            return member
        case _:
            return None


def _done_to(done: str, member: Member) -> str | None:
    sentence, name = None, isolated(member.name)
    match done, member.status, member.role:
        case "role", MemberStatus.ACTIVE, Role.ADMIN:
            sentence = f"{name} is an admin now."
        case "role", MemberStatus.ACTIVE, Role.CLINICIAN:
            sentence = f"{name} is a clinician now, and no admin."
        case "removed", MemberStatus.REMOVED, _:
            sentence = f"{name} is removed."
        case "seat", MemberStatus.ACTIVE, _ if member.plan_type is not None:
            sentence = f"{name} has a {member.plan_type.label} seat now. {members_text.SAME_PRICE}"
        case "exchanged", MemberStatus.ACTIVE, _ if member.plan_type is not None:
            sentence = f"The seats are exchanged. {name} has a {member.plan_type.label} seat now."
        case "invited", MemberStatus.INVITED, _:
            address = isolated(shown_address(member.email))
            sentence = f"{name} is invited: an email with a one-click link is on its way to {address}."
        case "erased", MemberStatus.REMOVED, _ if is_erased(member.email):
            sentence = members_text.ERASED
        case "edited", _, _:
            sentence = f"{name} is saved."
    return sentence


async def member_of(request: PageRequest, admin: Principal, text: str | None) -> Member | None:
    """The agency's member of this id; None when there is none, or the text is no id."""
    try:
        return await request.app.directory.member(admin, UUID(text or ""))
    except ValueError:
        return None


ROUTES = Routes(get={ROOT: first_tab, MEMBERS: show})
