"""A member's own page: status, seat and role with the actions of the row, where they are signed in, and their history.

An action that begins here leads back here. A member's history is the part of the activity log about them.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from contracts.vocabulary import MemberStatus, Role
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.activity import ActivityFilter
from services.gateway.model.agency import Member, Principal
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.activity import days_of, line_after
from services.gateway.pages.list_view import MEMBERS, ListView
from services.gateway.pages.member_list import FormAlert, Row, done_of, list_page, undoable
from services.gateway.pages.outcomes import outcomes_of
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes
from services.gateway.texts import sessions as session_texts

PERSON = f"{MEMBERS}/{{member:uuid}}"
_LINES = 25
_SIGNED_OUT = "signed_out"


async def show(request: PageRequest) -> Response:
    """The member of the address; another agency's is unknown."""
    admin = await request.admin()
    return await _page(request, admin, await _in_path(request, admin))


async def _in_path(request: PageRequest, admin: Principal) -> Member:
    return await request.app.directory.one(admin, request.request.path_params["member"])


async def page_of_form(request: PageRequest, admin: Principal, form_alert: FormAlert) -> Response:
    """The page that a form was sent from, with its alert: a member's own page, or the list."""
    person = ListView.of(request).person
    member = None if person is None else await request.app.directory.member(admin, person)
    if member is None:
        return await list_page(request, admin, form_alert)
    return await _page(request, admin, member, form_alert)


async def _page(
    request: PageRequest, admin: Principal, member: Member, form_alert: FormAlert | None = None
) -> Response:
    after = line_after(request)
    position = await request.app.position(admin)
    history = await request.app.reading.activity(admin.agency.id, ActivityFilter(about=member.id), after, _LINES)
    above = form_alert is not None and form_alert.member_id != member.id
    return request.page(
        "person.html",
        principal=admin,
        status=200 if form_alert is None else form_alert.alert.status,
        position=position,
        view=replace(ListView.of(request), person=member.id),
        row=await _row(request, admin, member, form_alert),
        sessions=await request.app.sessions.of_another(admin, member),
        days=days_of(history.items),
        after=after,
        next_cursor=history.next_cursor,
        alert=form_alert.alert if form_alert is not None and above else None,
        done=await _done(request, admin, member),
        undoable=await undoable(request, admin),
        outcomes=await outcomes_of(request, admin),
    )


async def _row(request: PageRequest, admin: Principal, member: Member, form_alert: FormAlert | None) -> Row:
    is_admin = member.status is MemberStatus.ACTIVE and member.role is Role.ADMIN
    return Row(
        member,
        form_alert,
        only_admin=is_admin and await request.app.directory.has_one_admin(admin),
        locked=not admin.agency.baa_signed,
        now=request.app.now(),
    )


async def _done(request: PageRequest, admin: Principal, member: Member) -> str | None:
    if request.query("done") == _SIGNED_OUT:
        return session_texts.signed_out(member.name, own=member.id == admin.member.id)
    return await done_of(request, admin)


async def end_sessions(request: PageRequest) -> Response:
    """Sign the member out everywhere; an admin's own session in this browser stays."""
    admin = await request.admin()
    member = await _in_path(request, admin)
    with forms.outages_raised():
        await request.app.sessions.end_of_another(admin, member)
    view = replace(ListView.of(request), person=member.id)
    return request.redirect(view.address(done=_SIGNED_OUT))


async def erase_dialog(request: PageRequest) -> Response:
    """Ask before a removed member is erased, with what that means."""
    admin = await request.admin()
    member = await _in_path(request, admin)
    view = replace(ListView.of(request), person=member.id)
    position = await request.app.position(admin)
    return request.dialog("erase.html", principal=admin, position=position, member=member, view=view)


async def erase(request: PageRequest) -> Response:
    """Erase a removed member. The member's page shows a rejection."""
    admin = await request.admin()
    member = await _in_path(request, admin)
    try:
        with forms.outages_raised():
            operation = await request.app.actions.erase(admin, member.id, await request.key())
    except RejectedError as rejected:
        return await page_of_form(request, admin, FormAlert.of(rejected, member.id, "status"))
    view = replace(ListView.of(request), person=member.id)
    done = "slow" if operation.state is OperationState.RUNNING else "erased"
    return request.redirect(view.address(done=done, who=str(member.id)))


ROUTES = Routes(
    get={PERSON: show, f"{PERSON}/erase": erase_dialog},
    post={f"{PERSON}/end-sessions": end_sessions, f"{PERSON}/erase": erase},
)
