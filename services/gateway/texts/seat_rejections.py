"""Rejections of a change of seats, with their figures: how many seats are in use, and the steps that work."""

from __future__ import annotations

from datetime import datetime

from contracts.amounts import money
from contracts.moments import time_and_day
from contracts.rejection_base import FiguresJson
from contracts.wording import counted
from services.gateway.texts.figures import count_of, seat_of

REMOVE_FIRST = "Remove members first to free seats."
CONFIRM = "Send it again with `confirm`: true if that is right."
NO_INVOICES_TODAY = "Stripe takes no more invoices for your plan today."


def confirm_many(figures: FiguresJson) -> str | None:
    """How many seats a change adds, and what it charges today. None without the figures."""
    seats, cents = count_of(figures, "added"), count_of(figures, "due_now")
    if seats is None:
        return None
    charge = "" if cents is None else f" and charges {money(cents, str(figures.get('currency', 'usd')))} today"
    return f"This adds {counted(seats, 'seat')} at once{charge}. {CONFIRM}"


def no_free_seat(figures: FiguresJson) -> str | None:
    """Why no seat of a type is free. None without the figures."""
    seat = seat_of(figures)
    purchased, active, waiting = (count_of(figures, name) for name in ("purchased", "active", "waiting"))
    if seat is None or purchased is None:
        return None
    invited = count_of(figures, "reinvited")
    held, line = active or 0, waiting or 0
    if purchased == 0:
        return f"Your agency has no {seat} seat. Add one under Seats & Billing, then try again."
    every = f"The only {seat} seat is" if purchased == 1 else f"All {purchased} {seat} seats are"
    way_out = f"Add a {seat} seat or remove a member who holds one, then try again."
    if invited:
        return f"{every} spoken for ({_in_use(held, line)}, {invited} invited just before). {way_out}"
    if active is not None and held + line < purchased:
        return f"Your seats are being changed, and no {seat} seat is free at the moment. Try again in a minute."
    return f"{every} taken or waited for ({_in_use(held, line)}). {way_out}" if line else f"{every} taken. {way_out}"


def _in_use(active: int, waiting: int) -> str:
    return f"{active} Active, {waiting} waiting in line" if waiting else f"{active} Active"


def below_active(figures: FiguresJson) -> str | None:
    """How many are Active, and what works: remove members, or add seats and switch people. None without the figures."""
    used = _active_members(figures, "")
    if used is None:
        return None
    other = _active_members(figures, "other_")
    if other is not None:
        return f"You have {used} and {other}. {REMOVE_FIRST}"
    add, switch, label = count_of(figures, "add"), count_of(figures, "switch"), seat_of(figures, "add_seat_type")
    if add is None or switch is None or label is None:
        return f"You have {used}. {REMOVE_FIRST}"
    people = "1 member" if switch == 1 else f"{switch} members"
    return (
        f"You have {used}. To convert seats, add {counted(add, f'{label} seat')} first, then switch {people} to {label}"
        f" in Members, then reduce {seat_of(figures)} to {figures.get('requested')}."
    )


def _active_members(figures: FiguresJson, which: str) -> str | None:
    seat, active = seat_of(figures, f"{which}seat_type"), count_of(figures, f"{which}active")
    return None if seat is None or active is None else counted(active, f"Active {seat} member")


def invoice_limit(figures: FiguresJson) -> str | None:
    """Until when Stripe makes no more invoices for the plan. None when that is not known."""
    at = _moment(figures.get("available_at"))
    if at is None:
        return None
    return f"Stripe takes no more invoices for your plan until {time_and_day(at)}. Try again then."


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
