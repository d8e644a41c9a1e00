"""The guards of what admins do to members, and of the changes that they cancel."""

from __future__ import annotations

from tests.simulation.guard import Change, Guard

GUARDS_OF_ADMINS = (
    Guard(
        "approve each before a free seat",
        frozenset({"each is approved"}),
        (
            Change(
                "services/seats/domain/first_login.py",
                "if policy_of(ledger, seat_type) is SeatPolicy.APPROVE_EACH:",
                "if ledger.purchased == ledger.active and policy_of(ledger, seat_type) is SeatPolicy.APPROVE_EACH:",
            ),
        ),
        favors=("admins_approve_each",),
    ),
    Guard(
        "a free seat for the next in line",
        frozenset({"the line moves"}),
        (
            Change(
                "services/members/domain/moving_line.py",
                "taken[member.seat_type]) is None:",
                "taken[member.seat_type]) is not None:",
            ),
        ),
        favors=("the_line_moves",),
    ),
    Guard(
        "what Auto-Add bought is counted",
        frozenset({"never above a limit"}),
        (
            Change(
                "services/seats/domain/purchase_settled.py",
                "limits=counted(ledger.limits, bought, now)",
                "limits=counted(ledger.limits, NO_SEATS, now)",
            ),
        ),
        favors=("auto_add_comes_to_a_limit",),
    ),
    Guard(
        "a reduction leaves those Active their seats",
        frozenset({"no reduction below active", "active <= purchased"}),
        (
            Change(
                "services/seats/domain/scheduled_reduction.py",
                "min(purchased, max(target, needed))",
                "min(purchased, target, needed)",
            ),
        ),
        favors=("a_reduction_waits",),
    ),
    Guard(
        "a seat for each of the chosen",
        frozenset({"the chosen are let in"}),
        (
            Change(
                "services/seats/domain/let_in_blocked.py",
                " for member_id, _, _ in people) or _leaves_out(ledger, people):",
                " for member_id, _, _ in people):",
            ),
        ),
        favors=("blocked_members_are_let_in",),
    ),
    Guard(
        "a free seat for an undo",
        frozenset({"active <= purchased"}),
        (
            Change(
                "services/seats/domain/undo_removal.py",
                "decision = accept_invite(ledger, seat_type)",
                "decision: Admit | Wait | Block = Admit(ledger.with_active(seat_type))",
            ),
        ),
        favors=("members_come_and_go", "a_seat_is_taken_before_an_undo"),
    ),
    Guard(
        "only invitations are canceled",
        frozenset({"only invitations are canceled"}),
        (
            Change(
                "services/members/domain/cancel_invitation.py",
                "if subject.status is not MemberStatus.INVITED or subject.waiting:",
                "if subject.status is MemberStatus.REMOVED:",
            ),
        ),
        favors=("members_come_and_go",),
    ),
    Guard(
        "void before undoing",
        frozenset({"charged once"}),
        (
            Change(
                "services/billing/operations/undo.py",
                "if invoice.state in {InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE}:",
                "if invoice.state is InvoiceState.UNCOLLECTIBLE:",
            ),
        ),
        favors=("a_change_while_one_awaits_its_payment", "a_payment_to_confirm"),
    ),
)
