"""A dry run decides people as they are decided when they log in, and changes nothing."""

from dataclasses import replace
from uuid import UUID

from contracts.payment_vocabulary import Debt
from contracts.vocabulary import BlockedReason, Quantities, SeatType
from services.seats.domain.first_login import Admit, Block, Wait
from services.seats.domain.ledger import Account, Ledger, Purchase
from services.seats.domain.simulate_logins import Decision, Entry, Simulated, simulate_logins
from tests.support.clock import START

BASE, VOICE = SeatType.BASE, SeatType.VOICE
ONE_FREE = Ledger(account=Account.OPEN, purchased=Quantities(3, 1), active=Quantities(2, 1), baa_signed=True)
GROWING = replace(ONE_FREE, auto_add=True)


def results(simulated: Simulated) -> list[str]:
    return [type(decision).__name__ for decision in simulated.decisions]


def foreseen(ledger: Ledger, *entries: Entry) -> Simulated:
    return simulate_logins(ledger, entries, START)


def test_the_first_of_two_takes_the_free_seat_and_auto_add_buys_for_the_second() -> None:
    simulated = foreseen(GROWING, Entry(BASE), Entry(BASE), Entry(VOICE))
    assert results(simulated) == ["Admit", "Wait", "Wait"]
    assert (simulated.before, simulated.after) == (Quantities(3, 1), Quantities(4, 2))


def test_without_auto_add_whoever_finds_no_free_seat_is_blocked_and_nothing_is_bought() -> None:
    simulated = foreseen(ONE_FREE, Entry(BASE), Entry(BASE))
    assert results(simulated) == ["Admit", "Block"]
    assert simulated.decisions[1] == Block(BlockedReason.NO_SEAT_AVAILABLE)
    assert simulated.after == simulated.before


def test_no_seat_is_bought_for_an_accepted_invitation() -> None:
    simulated = foreseen(GROWING, Entry(VOICE, invited=True), Entry(BASE, invited=True))
    decisions: tuple[Decision, ...] = simulated.decisions
    assert decisions[0] == Block(BlockedReason.NO_SEAT_AVAILABLE)
    assert isinstance(decisions[1], Admit)
    assert simulated.after == simulated.before


def test_the_purchase_is_for_those_in_line_already_too() -> None:
    simulated = foreseen(replace(GROWING, waiting=Quantities(0, 2), waiting_since=START), Entry(VOICE))
    assert simulated.after == Quantities(3, 4)


def test_a_purchase_under_way_counts_as_made() -> None:
    under_way = Purchase(UUID(int=1), GROWING.purchased, Quantities(3, 4), last=1)
    ledger = replace(GROWING, waiting=Quantities(0, 1), waiting_since=START, purchase=under_way)
    simulated = foreseen(ledger, Entry(VOICE), Entry(VOICE), Entry(VOICE))
    assert results(simulated) == ["Admit", "Admit", "Wait"]
    assert (simulated.before, simulated.after) == (Quantities(3, 4), Quantities(3, 5))


def test_the_pace_of_purchases_changes_nothing_about_who_is_bought_for() -> None:
    paced = replace(GROWING, ended=(START, START, START), held_until=START)
    assert foreseen(paced, Entry(VOICE)).after == Quantities(3, 2)


def test_while_something_is_owed_the_dry_run_says_so() -> None:
    owing = replace(GROWING, owed=Debt(1, 4_000, "usd", None))
    simulated = foreseen(owing, Entry(VOICE))
    assert simulated.decisions == (Block(BlockedReason.PAST_DUE),)


def test_before_the_account_is_open_everybody_waits_and_nothing_is_bought() -> None:
    simulated = foreseen(Ledger(auto_add=True), Entry(BASE))
    assert simulated.decisions == (Wait(),)
    assert simulated.after == simulated.before
