"""Active members exchange seat types in one step."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts.vocabulary import Quantities, SeatType
from services.seats.domain.exchange_seats import Exchanged, FullType, exchange_seats
from services.seats.domain.ledger import Account, Ledger, Purchase
from services.seats.domain.swap_seat import BaaUnsigned, Full, HoldsNone

BASE, VOICE = SeatType.BASE, SeatType.VOICE
FULL = Ledger(account=Account.OPEN, purchased=Quantities(3, 2), active=Quantities(3, 2), baa_signed=True)
ADA, NIA, CEM = (UUID(int=number) for number in (1, 2, 3))
HELD = {ADA: BASE, NIA: VOICE, CEM: BASE}


def test_two_exchange_seat_types_in_one_step_while_both_types_are_full() -> None:
    assert exchange_seats(FULL, HELD, {ADA: VOICE, NIA: BASE}) == Exchanged(FULL, {ADA: BASE, NIA: VOICE})


@pytest.mark.parametrize("frozen", [Quantities(1, 1), Quantities(3, 1)])
def test_a_pair_needs_no_free_seat_also_where_stripe_has_fewer_seats_than_are_held(frozen: Quantities) -> None:
    lowered = replace(FULL, purchased=frozen)
    assert isinstance(exchange_seats(lowered, HELD, {ADA: VOICE, NIA: BASE}), Exchanged)


def test_a_chain_works_when_the_counts_allow_it() -> None:
    chain = {ADA: VOICE, NIA: BASE, CEM: VOICE}
    ledger = replace(FULL, purchased=Quantities(3, 3))
    moved = exchange_seats(ledger, HELD, chain)
    assert moved == Exchanged(replace(ledger, active=Quantities(2, 3)), HELD)


def test_a_type_that_gains_more_seats_than_are_free_moves_nobody_and_says_which() -> None:
    chain = {ADA: VOICE, NIA: BASE, CEM: VOICE}
    assert exchange_seats(FULL, HELD, chain) == FullType(VOICE, Full(purchased=2, active=2, waiting=0))


def test_a_free_seat_for_which_somebody_waits_is_no_room_for_an_exchange() -> None:
    ledger = replace(FULL, purchased=Quantities(3, 3), waiting=Quantities(0, 1))
    chain = {ADA: VOICE, NIA: BASE, CEM: VOICE}
    assert exchange_seats(ledger, HELD, chain) == FullType(VOICE, Full(purchased=3, active=2, waiting=1))


def test_seats_that_are_being_given_up_are_no_room_for_an_exchange() -> None:
    shrinking = replace(FULL, purchased=Quantities(3, 3), purchase=Purchase(ADA, FULL.purchased, FULL.active, last=0))
    chain = {ADA: VOICE, NIA: BASE, CEM: VOICE}
    assert isinstance(exchange_seats(shrinking, HELD, chain), FullType)


def test_whoever_holds_the_requested_type_already_stays_so_that_a_repeated_exchange_changes_nothing() -> None:
    assert exchange_seats(FULL, HELD, {ADA: BASE, NIA: VOICE}) == Exchanged(FULL, {ADA: BASE, NIA: VOICE})


def test_nobody_moves_if_one_of_them_holds_no_seat() -> None:
    assert exchange_seats(FULL, {NIA: VOICE}, {ADA: VOICE, NIA: BASE}) == HoldsNone()


def test_no_seats_are_exchanged_before_the_baa_is_signed() -> None:
    assert exchange_seats(replace(FULL, baa_signed=False), HELD, {ADA: VOICE, NIA: BASE}) == BaaUnsigned()
