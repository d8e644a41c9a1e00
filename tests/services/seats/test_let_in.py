"""The seats service on a real database: one change of an admin buys seats and lets Blocked members in."""

from uuid import UUID, uuid4

from contracts.billing_payments import CardChanged
from contracts.members import Removed
from contracts.message import Seats
from contracts.seats_purchases import Adjust, BlockedMember
from contracts.vocabulary import BlockedReason, MemberStatus, RejectionCode, SeatType, member
from tests.services.seats.test_changes_of_money import changed, declined_voice, pay
from tests.services.seats.test_invites_and_swaps import grown, invited
from tests.services.seats.test_seats import Agency, members_of, names, of, one
from tests.support.bus import PublishedMessage
from tests.support.one_service import OneService

BASE, VOICE = SeatType.BASE, SeatType.VOICE
FULL, DECLINED = BlockedReason.NO_SEAT_AVAILABLE, BlockedReason.PAYMENT_DECLINED


async def let_in(
    agency: Agency, base: int, voice: int, *who: tuple[UUID, SeatType], reason: BlockedReason = FULL
) -> list[PublishedMessage]:
    """The service members has the counts bought for these members, under its own command of the admin's correlation."""
    people = tuple(BlockedMember(member_id=m, seat_type=t, reason=reason) for m, t in who)
    change = Adjust(after=Seats(base=base, voice=voice), quote_id=uuid4(), let_in=people)
    return await agency.handle(change, actor=member(agency.founder), correlation_id=uuid4())


async def blocked(agency: Agency, count: int, seat_type: SeatType = VOICE) -> list[tuple[UUID, SeatType]]:
    people, published = await agency.logins(count, seat_type)
    assert members_of(published, "seats.seat_denied") == people
    return [(person, seat_type) for person in people]


async def test_the_blocked_of_both_types_get_their_seats_once_the_change_is_paid(service: OneService) -> None:
    agency = await grown(service, base=1)
    people = [*await blocked(agency, 2), *await blocked(agency, 1, BASE)]
    begun = await let_in(agency, 2, 2, *people)
    assert names(begun) == ["billing.set_quantities", "seats.capacity_changed"]
    command = one(begun, "billing.set_quantities")
    assert one(begun, "seats.capacity_changed").data.waiting == Seats(base=1, voice=2)
    paid = await pay(agency, command)
    assert members_of(paid, "seats.seat_assigned") == [person for person, _ in people]
    end = one(paid, "seats.seats_adjusted")
    adjusted = end.data
    assert adjusted.let_in_for == end.envelope.correlation_id == command.envelope.correlation_id
    assert ([w.member_id for w in adjusted.let_in], adjusted.let_in_count) == ([person for person, _ in people], 3)
    assert (adjusted.left_out, adjusted.charged) == (0, 3120)
    assert names(paid)[-1] == "seats.seats_adjusted", "a subscriber has the seats before the end"


async def test_a_rejected_change_lets_nobody_in_and_a_free_seat_is_kept_for_them_until_then(
    service: OneService,
) -> None:
    agency = await grown(service, base=1)
    ann, bo = await blocked(agency, 2)
    holder, _ = await agency.login(BASE)
    begun = one(await let_in(agency, 1, 1, ann), "billing.set_quantities")
    await pay(agency, begun)
    await agency.handle(Removed(member_id=ann[0], before=MemberStatus.ACTIVE))
    command = one(await let_in(agency, 1, 2, bo, (holder, VOICE)), "billing.set_quantities")
    assert names((await agency.login(VOICE))[1]) == ["seats.seat_denied"], "the free seat is kept for them"
    refused = await agency.reject(command, RejectionCode.PAYMENT_DECLINED)
    rejected = one(refused, "seats.command_rejected")
    assert (rejected.data.code, rejected.envelope.correlation_id) == (
        RejectionCode.PAYMENT_DECLINED,
        command.envelope.correlation_id,
    )
    assert rejected.data.command_id != str(rejected.envelope.correlation_id), "members ends the admin's command"
    assert of(refused, "seats.seat_assigned") == of(refused, "seats.seat_denied") == []
    assert names((await agency.login(VOICE))[1]) == ["seats.seat_assigned"]


async def test_too_few_counts_and_a_person_with_a_seat_are_stale(service: OneService) -> None:
    agency = await grown(service, base=1)
    (ann, bo) = await blocked(agency, 2)
    assert one(await let_in(agency, 1, 1, ann, bo), "seats.command_rejected").data.code == RejectionCode.QUOTE_STALE
    await pay(agency, one(await let_in(agency, 1, 1, ann), "billing.set_quantities"))
    again = await let_in(agency, 1, 2, ann)
    assert one(again, "seats.command_rejected").data.code == RejectionCode.QUOTE_STALE
    begun = await let_in(agency, 1, 2, bo)
    assert one(await let_in(agency, 1, 3, bo), "seats.command_rejected").data.code == RejectionCode.PURCHASE_UNDER_WAY
    assert members_of(await pay(agency, one(begun, "billing.set_quantities")), "seats.seat_assigned") == [bo[0]]


async def test_who_is_removed_or_invited_anew_meanwhile_gets_no_seat(service: OneService) -> None:
    agency = await grown(service, base=1)
    ann, bo, cy = await blocked(agency, 3)
    command = one(await let_in(agency, 1, 3, ann, bo, cy), "billing.set_quantities")
    removed = await agency.handle(Removed(member_id=ann[0], before=MemberStatus.BLOCKED))
    assert of(removed, "seats.seat_released") == [], "nobody waits for the end of it"
    await agency.handle(invited(bo[0], MemberStatus.BLOCKED, VOICE))
    paid = await pay(agency, command)
    assert members_of(paid, "seats.seat_assigned") == [cy[0]]
    adjusted = one(paid, "seats.seats_adjusted").data
    assert (adjusted.let_in_count, adjusted.left_out) == (1, 0)


async def test_a_seat_that_is_missing_after_all_leaves_the_last_one_blocked(service: OneService) -> None:
    agency = await grown(service, base=1)
    ann, bo = await blocked(agency, 2)
    await agency.switch(enabled=True)
    command = one(await let_in(agency, 1, 2, ann, bo), "billing.set_quantities")
    paid = await pay(agency, command, after=Seats(base=1, voice=1))
    adjusted = one(paid, "seats.seats_adjusted").data
    assert (adjusted.let_in_count, adjusted.left_out) == (1, 1)
    assert of([*paid, *await agency.wait(3600)], "billing.set_quantities") == [], "Auto-Add buys for no Blocked member"


async def test_after_a_decline_a_good_card_lets_in_the_same_people_as_before(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    bo = await declined_voice(agency)
    command = one(await let_in(agency, 1, 1, (bo, VOICE), reason=DECLINED), "billing.set_quantities")
    await agency.reject(command, RejectionCode.PAYMENT_DECLINED)
    fixed = await agency.handle(CardChanged())
    purchase = one([*fixed, *await agency.wait(60)], "billing.set_quantities")
    assert members_of(await agency.pay(purchase), "seats.seat_assigned") == [bo]


async def test_a_good_card_and_the_change_let_nobody_in_twice(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    bo = await declined_voice(agency)
    command = one(await let_in(agency, 1, 1, (bo, VOICE), reason=DECLINED), "billing.set_quantities")
    await agency.handle(CardChanged())
    paid = await pay(agency, command)
    assert members_of(paid, "seats.seat_assigned") == [bo]
    assert of([*paid, *await agency.wait(3600)], "billing.set_quantities") == []


async def test_a_good_card_meanwhile_keeps_them_in_line_when_the_change_is_rejected(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    bo = await declined_voice(agency)
    command = one(await let_in(agency, 1, 1, (bo, VOICE), reason=DECLINED), "billing.set_quantities")
    await agency.handle(CardChanged())
    refused = await agency.reject(command, RejectionCode.QUOTE_EXPIRED)
    purchase = one([*refused, *await agency.wait(60)], "billing.set_quantities")
    assert members_of(await agency.pay(purchase), "seats.seat_assigned") == [bo]


async def test_after_a_rejected_change_a_free_seat_serves_a_person_kept_in_line_once(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    bo = await declined_voice(agency)
    (cy,) = await blocked(agency, 1)
    people = ((bo, VOICE), cy)
    command = one(await let_in(agency, 1, 2, *people, reason=DECLINED), "billing.set_quantities")
    await agency.handle(CardChanged())
    await changed(agency, 1, 1)
    undone = await agency.reject(command, RejectionCode.QUOTE_EXPIRED)
    assert members_of(undone, "seats.seat_assigned") == [bo]
    purchase = one([*undone, *await agency.wait(60)], "billing.set_quantities")
    assert members_of(await agency.pay(purchase), "seats.seat_assigned") == [cy[0]]
