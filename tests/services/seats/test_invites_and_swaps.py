"""The seats service on a real database: accepted invites and swaps."""

from uuid import UUID, uuid4

from contracts.billing_payments import CardChanged
from contracts.members import Details, DetailsChanged, FirstLogin, Removed
from contracts.members_invitations import InviteAccepted, Invited
from contracts.message import Message, Seats
from contracts.seats import Swap
from contracts.vocabulary import BlockedReason, MemberStatus, RejectionCode, Role, SeatType, member
from tests.services.seats.test_seats import Agency, members_of, names, of, one
from tests.support.bus import PublishedMessage
from tests.support.clock import START
from tests.support.one_service import OneService

BASE, VOICE = SeatType.BASE, SeatType.VOICE


async def grown(service: OneService, base: int, voice: int = 0, *, auto_add: bool = False) -> Agency:
    """An open agency under a signed BAA; its first admin holds one of the Base seats."""
    agency = Agency(service)
    await agency.found()
    await agency.open(base, voice)
    await agency.sign_baa()
    if auto_add:
        await agency.switch(enabled=True)
    return agency


def invited(member_id: UUID, before: MemberStatus | None, seat_type: SeatType = BASE) -> Invited:
    return Invited(
        member_id=member_id,
        invitation_id=uuid4(),
        email="noor@clinic.example",
        name="Noor",
        seat_type=seat_type,
        role=Role.CLINICIAN,
        sealed="sealed",
        expires_at=START,
        before=before,
    )


def accepted(member_id: UUID, seat_type: SeatType = BASE) -> InviteAccepted:
    return InviteAccepted(member_id=member_id, invitation_id=uuid4(), seat_type=seat_type)


async def accept(agency: Agency, member_id: UUID, seat_type: SeatType = BASE) -> list[PublishedMessage]:
    return await agency.handle(accepted(member_id, seat_type), correlation_id=member_id, actor=member(member_id))


async def swap(agency: Agency, member_id: UUID, seat_type: SeatType) -> list[PublishedMessage]:
    return await agency.handle(Swap(member_id=member_id, seat_type=seat_type), actor=member(agency.founder))


async def test_an_invite_holds_no_seat_and_accepting_takes_the_free_one(service: OneService) -> None:
    agency = await grown(service, base=2)
    noor = uuid4()
    assert await agency.handle(invited(noor, None)) == []
    published = await accept(agency, noor)
    assert names(published) == ["seats.seat_assigned"]
    assert (published[0].data.member_id, published[0].envelope.correlation_id) == (noor, noor)
    assert published[0].envelope.actor == member(noor)


async def test_of_two_members_who_accept_the_last_seat_one_is_blocked_even_with_auto_add_on(
    service: OneService,
) -> None:
    agency = await grown(service, base=2, auto_add=True)
    first, second = uuid4(), uuid4()
    await service.handle_records([service.sender.record(accepted(who), agency.id) for who in (first, second)])
    published = await service.published()
    assert names(published) == ["seats.seat_assigned", "seats.seat_denied"]
    assert members_of(published, "seats.seat_denied") == [second]
    assert published[1].data.reason is BlockedReason.NO_SEAT_AVAILABLE
    assert await agency.wait(3600) == [], "nothing is bought for an invite"


async def test_a_member_blocked_after_accepting_is_not_let_in_by_a_changed_card(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    _, buying = await agency.login()
    await agency.reject(one(buying, "billing.set_quantities"), RejectionCode.PAYMENT_DECLINED)
    noor = uuid4()
    denied = await accept(agency, noor)
    assert denied[0].data.reason is BlockedReason.NO_SEAT_AVAILABLE
    started = one(await agency.handle(CardChanged()) + await agency.wait(15), "seats.purchase_started")
    assert noor not in [waiter.member_id for waiter in started.data.waiting]


async def test_a_member_blocked_for_payment_and_re_invited_is_let_in_only_by_accepting(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    nia, buying = await agency.login()
    await agency.reject(one(buying, "billing.set_quantities"), RejectionCode.PAYMENT_DECLINED)
    assert await agency.handle(invited(nia, MemberStatus.BLOCKED)) == []
    assert of(await agency.handle(CardChanged()) + await agency.wait(15), "seats.purchase_started") == []
    assert members_of(await accept(agency, nia), "seats.seat_denied") == [nia]


async def test_a_member_back_in_line_by_a_changed_card_leaves_it_when_re_invited(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    nia, buying = await agency.login()
    await agency.reject(one(buying, "billing.set_quantities"), RejectionCode.PAYMENT_DECLINED)
    published = await agency.handle(CardChanged()) + await agency.wait(15)
    command = one(published, "billing.set_quantities")
    left = await agency.handle(invited(nia, MemberStatus.BLOCKED))
    assert names(left) == ["seats.capacity_changed"]
    assert left[0].data.waiting == Seats()
    paid = await agency.pay(command)
    assert members_of(paid, "seats.seat_assigned") == []
    assert members_of(await accept(agency, nia), "seats.seat_assigned") == [nia], "the seat that was bought is free"


def corrected(member_id: UUID, seat_type: SeatType) -> DetailsChanged:
    before = Details(email="nia@clinic.example", name="Nia", seat_type=SeatType.BASE)
    return DetailsChanged(member_id=member_id, email=before.email, name=before.name, seat_type=seat_type, before=before)


async def test_a_member_blocked_for_payment_gets_the_seat_type_that_an_admin_has_corrected(
    service: OneService,
) -> None:
    agency = await grown(service, base=1, auto_add=True)
    nia, buying = await agency.login()
    await agency.reject(one(buying, "billing.set_quantities"), RejectionCode.PAYMENT_DECLINED)
    assert await agency.handle(corrected(nia, SeatType.VOICE)) == []
    command = one(await agency.handle(CardChanged()) + await agency.wait(15), "billing.set_quantities")
    assert (command.data.after.base, command.data.after.voice) == (1, command.data.before.voice + 1)
    paid = await agency.pay(command)
    assert [event.data.seat_type for event in of(paid, "seats.seat_assigned")] == [SeatType.VOICE]


async def test_a_member_back_in_line_waits_for_the_corrected_type_until_a_purchase_is_made_for_them(
    service: OneService,
) -> None:
    agency = await grown(service, base=1, auto_add=True)
    nia, buying = await agency.login()
    await agency.reject(one(buying, "billing.set_quantities"), RejectionCode.PAYMENT_DECLINED)
    await agency.handle(CardChanged())
    changed = await agency.handle(corrected(nia, SeatType.VOICE))
    assert names(changed) == ["seats.capacity_changed"]
    assert changed[0].data.waiting == Seats(voice=1)
    command = one(await agency.wait(15), "billing.set_quantities")
    assert command.data.after.voice == command.data.before.voice + 1
    assert await agency.handle(corrected(nia, SeatType.BASE)) == [], "the Voice seat is being bought"
    paid = await agency.pay(command)
    assert [event.data.seat_type for event in of(paid, "seats.seat_assigned")] == [SeatType.VOICE]


async def test_a_member_back_in_line_whose_corrected_type_is_free_is_served_once(service: OneService) -> None:
    agency = await grown(service, base=1, voice=1, auto_add=True)
    nia, buying = await agency.login()
    await agency.reject(one(buying, "billing.set_quantities"), RejectionCode.PAYMENT_DECLINED)
    await agency.handle(CardChanged())
    assert members_of(await agency.handle(corrected(nia, SeatType.VOICE)), "seats.seat_assigned") == [nia]
    bo, joined = await agency.login()
    command = one([*joined, *await agency.wait(60)], "billing.set_quantities")
    assert members_of(await agency.pay(command), "seats.seat_assigned") == [bo]


async def test_a_seat_assigned_before_the_invite_was_handled_is_free_again_until_it_is_accepted(
    service: OneService,
) -> None:
    agency = await grown(service, base=1, auto_add=True)
    nia, buying = await agency.login()
    await agency.reject(one(buying, "billing.set_quantities"), RejectionCode.PAYMENT_DECLINED)
    command = one(await agency.handle(CardChanged()) + await agency.wait(15), "billing.set_quantities")
    assert members_of(await agency.pay(command), "seats.seat_assigned") == [nia]
    freed = await agency.handle(invited(nia, MemberStatus.BLOCKED))
    assert names(freed) == ["seats.seat_released"]
    assert (freed[0].data.member_id, freed[0].data.held) == (nia, True)
    assert members_of(await accept(agency, nia), "seats.seat_assigned") == [nia]


async def test_removed_invited_and_accepted_in_one_batch_is_one_seat_given_up_and_one_taken(
    service: OneService,
) -> None:
    agency = await grown(service, base=2)
    nia, _ = await agency.login()
    batch: list[Message] = [
        Removed(member_id=nia, before=MemberStatus.ACTIVE),
        invited(nia, MemberStatus.REMOVED),
        accepted(nia),
    ]
    await service.handle_records([service.sender.record(message, agency.id) for message in batch])
    assert names(await service.published()) == ["seats.seat_released", "seats.seat_assigned"]
    _, published = await agency.login()
    assert names(published) == ["seats.seat_denied"], "their seat is counted once"


async def test_a_swap_moves_both_counts_without_stripe_and_frees_the_old_seat(service: OneService) -> None:
    agency = await grown(service, base=1, voice=1)
    published = await swap(agency, agency.founder, VOICE)
    assert names(published) == ["seats.seat_swapped"]
    assert (published[0].data.before, published[0].data.seat_type) == (BASE, VOICE)
    _, published = await agency.login(VOICE)
    assert names(published) == ["seats.seat_denied"]
    _, published = await agency.login(BASE)
    assert names(published) == ["seats.seat_assigned"]
    refused = one(await swap(agency, agency.founder, BASE), "seats.command_rejected")
    assert (refused.data.code, refused.data.figures.as_json()) == (
        RejectionCode.NO_SEAT_AVAILABLE,
        {"seat_type": "base", "purchased": 1, "active": 1, "waiting": 0},
    )


async def test_a_swap_to_the_type_that_is_held_changes_nothing(service: OneService) -> None:
    agency = await grown(service, base=1)
    published = await swap(agency, agency.founder, BASE)
    assert names(published) == ["seats.seat_swapped"]
    assert published[0].data.before is published[0].data.seat_type is BASE


async def test_a_seat_freed_by_a_swap_goes_to_the_line_of_its_type(service: OneService) -> None:
    agency = await grown(service, base=1, voice=1, auto_add=True)
    cem, buying = await agency.login(BASE)
    published = await swap(agency, agency.founder, VOICE)
    assert members_of(published, "seats.seat_assigned") == [cem]
    assert names(published) == ["seats.seat_swapped", "seats.seat_assigned", "seats.capacity_changed"]
    paid = await agency.pay(one(buying, "billing.set_quantities"))
    assert one(paid, "seats.seats_auto_added").data.served == ()


async def test_only_a_holders_seat_can_be_swapped_and_only_under_a_signed_baa(service: OneService) -> None:
    agency = Agency(service)
    await agency.found()
    await agency.open(base=1, voice=1)
    unsigned = one(await swap(agency, agency.founder, VOICE), "seats.command_rejected")
    assert (unsigned.data.code, unsigned.data.figures.as_json()) == (RejectionCode.BAA_UNSIGNED, {})
    await agency.sign_baa()
    blocked, _ = await agency.login(BASE)
    for nobody in (blocked, uuid4()):
        assert one(await swap(agency, nobody, VOICE), "seats.command_rejected").data.code == RejectionCode.WRONG_STATUS


async def test_of_a_swap_and_a_first_login_for_the_last_seat_of_a_type_one_gets_it(service: OneService) -> None:
    agency = await grown(service, base=1, voice=1)
    nia = uuid4()
    batch: list[Message] = [
        FirstLogin(member_id=nia, seat_type=VOICE),
        Swap(member_id=agency.founder, seat_type=VOICE),
        Swap(member_id=nia, seat_type=VOICE),
    ]
    await service.handle_records([service.sender.record(message, agency.id) for message in batch])
    assert names(await service.published()) == ["seats.seat_assigned", "seats.command_rejected", "seats.seat_swapped"]


async def test_seated_and_swapped_and_swapped_back_in_one_batch_is_kept_as_the_last_one(service: OneService) -> None:
    agency = await grown(service, base=2, voice=1)
    nia = uuid4()
    batch: list[Message] = [FirstLogin(member_id=nia, seat_type=BASE), Swap(member_id=nia, seat_type=VOICE)]
    await service.handle_records([service.sender.record(message, agency.id) for message in batch])
    await service.published()
    again = await swap(agency, nia, VOICE)
    assert again[0].data.before is VOICE
    freed = await agency.handle(Removed(member_id=nia, before=MemberStatus.ACTIVE))
    assert freed[0].data.seat_type is VOICE
