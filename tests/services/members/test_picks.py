"""The members service on a real database: whose sign-up counts, and what an admin corrects."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.members import CorrectDetails, Details, NewAddress, Pick, RecordLogin, Remove, SignUp
from contracts.members_agencies import AddAdmin
from contracts.members_invitations import Invite, NewInvitation, Reinvite
from contracts.message import Message, Seats
from contracts.seats import CapacityChanged, SeatAssigned, SeatDenied
from contracts.vocabulary import OPERATOR, BlockedReason, Proof, RejectionCode, Role, SeatType, member
from tests.services.members.test_members import founded, login, result_of, sign_up, signature, stored, waiting
from tests.support.bus import PublishedMessage
from tests.support.one_service import OneService

BASE, VOICE = SeatType.BASE, SeatType.VOICE
CLOWN = Details(email="bo+x@clinic.example", name="Silly Clown", seat_type=VOICE)
BO = Details(email="bo@clinic.example", name="Bo Berg", seat_type=BASE)


def signs_up(details: Details) -> SignUp:
    return SignUp(email=details.email, name=details.name, seat_type=details.seat_type)


def picks(member_id: UUID, details: Details, instead_of: Details = CLOWN) -> RecordLogin:
    fields = details.model_dump()
    return RecordLogin(member_id=member_id, proof=Proof.CODE, pick=Pick(**fields, instead_of=instead_of))


def names(published: list[PublishedMessage]) -> list[str]:
    return [message.type.removeprefix("members.").removesuffix(".v1") for message in published]


class Clinic:
    """An agency under a signed BAA with free seats, whose admin is Ada, and the row that a stranger signed up."""

    def __init__(self, service: OneService, agency_id: UUID, ada: UUID) -> None:
        self.service, self.id, self.ada = service, agency_id, ada
        self.row = UUID(int=0)

    async def send(self, message: Message, **how: Any) -> list[PublishedMessage]:  # noqa: ANN401  as `handle` takes it
        await self.service.handle(message, self.id, **{"actor": member(self.ada)} | how)
        return await self.service.published()

    async def send_at_once(self, *messages: Message) -> list[PublishedMessage]:
        actor = member(self.ada)
        await self.service.handle_records(
            [self.service.sender.record(message, self.id, actor=actor) for message in messages]
        )
        return await self.service.published()

    async def details(self, email: str) -> tuple[Any, ...]:
        columns = "email, name, seat_type, status, waiting, proven"
        return next(row for row in await stored(self.service, columns) if row[0] == email)

    def correction(self, **changes: Any) -> CorrectDetails:  # noqa: ANN401  the command's fields
        return CorrectDetails(member_id=self.row, **changes)

    def moved(self, email: str) -> CorrectDetails:
        address = NewAddress(email=email, invitation_id=uuid4(), sealed="sealed")
        return self.correction(address=address)

    async def invite(self, email: str) -> UUID:
        command = Invite(
            invitation_id=uuid4(), email=email, name="Bo", seat_type=BASE, role=Role.CLINICIAN, sealed="sealed"
        )
        [invited] = await self.send(command)
        assert invited.type == "members.invited.v1", invited.data
        return invited.data.member_id  # type: ignore[no-any-return]


@pytest.fixture
async def clinic(service: OneService) -> Clinic:
    agency_id, ada = await founded(service)
    await result_of(service, agency_id, signature(), actor=member(ada))
    seats = Seats(base=9, voice=9)
    await service.handle(CapacityChanged(purchased=seats, incoming=Seats(), waiting=Seats()), agency_id)
    clinic = Clinic(service, agency_id, ada)
    clinic.row = (await result_of(service, agency_id, signs_up(CLOWN))).data.member_id
    return clinic


async def test_the_proven_persons_pick_becomes_the_row_before_the_first_login_asks_for_a_seat(clinic: Clinic) -> None:
    await clinic.send(signs_up(BO))
    changed, first_login = await clinic.send(picks(clinic.row, BO), actor=member(clinic.row))
    assert (changed.type, first_login.type) == ("members.details_changed.v1", "members.first_login.v1")
    assert changed.data.model_dump(exclude={"before", "member_id"}) == BO.model_dump()
    assert (changed.data.before, first_login.data.seat_type) == (CLOWN, BASE)
    assert await clinic.details(BO.email) == (BO.email, BO.name, "base", "pending_login", True, True)


async def test_sign_up_claim_and_login_in_one_batch_follow_each_other(clinic: Clinic) -> None:
    published = await clinic.send_at_once(
        signs_up(BO), picks(clinic.row, BO), signs_up(CLOWN), picks(clinic.row, CLOWN, BO), picks(clinic.row, BO)
    )
    assert names(published) == [
        "sign_up_claimed",
        "details_changed",
        "first_login",
        "sign_up_rejected",
        "command_rejected",
        "login_recorded",
    ]
    assert published[4].data.code == RejectionCode.UNKNOWN_MEMBER, "the row is the other spelling's by now"
    assert await clinic.details(BO.email) == (BO.email, BO.name, "base", "pending_login", True, True)


async def test_a_pick_that_changes_nothing_publishes_no_change(clinic: Clinic) -> None:
    assert names(await clinic.send(picks(clinic.row, CLOWN))) == ["first_login"]


async def test_a_redelivered_login_changes_nothing_again(clinic: Clinic) -> None:
    record = clinic.service.sender.record(picks(clinic.row, BO), clinic.id)
    await clinic.service.handle_records([record])
    assert names(await clinic.service.published()) == ["details_changed", "first_login"]
    await clinic.service.handle_records([record])
    assert await clinic.service.published() == []


async def test_what_an_admin_corrected_while_the_login_was_on_its_way_stays(clinic: Clinic) -> None:
    published = await clinic.send_at_once(clinic.correction(seat_type=BASE), picks(clinic.row, CLOWN))
    assert names(published) == ["details_changed", "first_login"]
    assert published[1].data.seat_type is BASE
    assert (await clinic.details(CLOWN.email))[2] == "base"


async def test_an_address_that_was_invited_meanwhile_is_the_invited_persons(clinic: Clinic) -> None:
    await clinic.invite(BO.email)
    [rejected] = await clinic.send(picks(clinic.row, BO))
    assert rejected.data.code == RejectionCode.UNKNOWN_MEMBER


async def test_an_admin_invites_another_spelling_on_purpose_and_a_sign_up_of_it_is_that_persons(
    clinic: Clinic,
) -> None:
    invited = await clinic.invite(BO.email)
    assert invited != clinic.row
    [again] = await clinic.send(signs_up(BO))
    assert (again.type, again.data.member_id) == ("members.sign_up_rejected.v1", invited)
    [claim] = await clinic.send(signs_up(CLOWN))
    assert (claim.type, claim.data.member_id) == ("members.sign_up_claimed.v1", clinic.row)


@pytest.mark.parametrize("email", ["bo@clinic.example", "bo+2@clinic.example"])
async def test_after_the_first_login_no_spelling_of_the_mailbox_signs_up(clinic: Clinic, email: str) -> None:
    await clinic.send(picks(clinic.row, BO))
    await clinic.send(SeatAssigned(member_id=clinic.row, seat_type=BASE))
    [rejected] = await clinic.send(sign_up(email))
    assert (rejected.type, rejected.data.email) == ("members.sign_up_rejected.v1", email)
    assert (rejected.data.member_id, rejected.data.status.value) == (clinic.row, "active")


async def test_a_removed_mailbox_signs_up_in_no_spelling(clinic: Clinic) -> None:
    await clinic.send(Remove(member_id=clinic.row))
    for email in (CLOWN.email, BO.email):
        [rejected] = await clinic.send(sign_up(email))
        assert (rejected.type, rejected.data.status.value) == ("members.sign_up_rejected.v1", "removed")


async def test_an_admin_corrects_name_and_seat_type_of_a_pending_login(clinic: Clinic) -> None:
    [changed] = await clinic.send(clinic.correction(name="Bo Berg", seat_type=BASE))
    assert (changed.type, changed.data.name, changed.data.seat_type) == ("members.details_changed.v1", "Bo Berg", BASE)
    assert changed.data.before == CLOWN
    assert await clinic.details(CLOWN.email) == (CLOWN.email, "Bo Berg", "base", "pending_login", False, False)


async def test_a_corrected_blocked_row_stays_blocked(clinic: Clinic) -> None:
    command = uuid4()
    await clinic.send(login(clinic.row), id=command)
    reason = BlockedReason.NO_SEAT_AVAILABLE
    await clinic.send(SeatDenied(member_id=clinic.row, seat_type=VOICE, reason=reason), correlation_id=command)
    assert names(await clinic.send(clinic.correction(seat_type=BASE))) == ["details_changed"]
    assert (await clinic.details(CLOWN.email))[2:4] == ("base", "blocked")
    [rejected] = await clinic.send(clinic.moved(BO.email))
    assert rejected.data.code == RejectionCode.WRONG_STATUS, "the address is proven"


async def test_an_invited_rows_new_address_gets_a_new_link_and_frees_the_old_address(clinic: Clinic) -> None:
    clinic.row = await clinic.invite("bo@elsewhere.example")
    command = uuid4()
    invited, changed = await clinic.send(clinic.moved("bo@right.example"), id=command)
    assert (invited.type, changed.type) == ("members.invited.v1", "members.details_changed.v1")
    assert (invited.data.email, invited.data.before.value) == ("bo@right.example", "invited")
    assert changed.envelope.correlation_id == command
    assert changed.data.before.email == "bo@elsewhere.example"
    other = await clinic.invite("bo@elsewhere.example")
    assert other != clinic.row


async def test_addresses_go_from_member_to_member_in_one_batch(clinic: Clinic) -> None:
    first = await clinic.invite("one@elsewhere.example")
    second = await clinic.invite("two@elsewhere.example")

    def moved(member_id: UUID, email: str) -> CorrectDetails:
        address = NewAddress(email=email, invitation_id=uuid4(), sealed="sealed")
        return CorrectDetails(member_id=member_id, address=address)

    published = await clinic.send_at_once(
        moved(first, "two@elsewhere.example"),
        moved(first, "three@elsewhere.example"),
        moved(second, "one@elsewhere.example"),
        moved(first, "two@elsewhere.example"),
    )
    assert names(published) == ["command_rejected", *["invited", "details_changed"] * 3]
    assert published[0].data.code == RejectionCode.ALREADY_MEMBER
    rows = dict(await stored(clinic.service, "member_id, email"))
    assert (rows[first], rows[second]) == ("two@elsewhere.example", "one@elsewhere.example")


async def test_only_an_admin_under_a_signed_baa_corrects_details(service: OneService, clinic: Clinic) -> None:
    [rejected] = await clinic.send(clinic.correction(name="Bo"), actor=member(clinic.row))
    assert rejected.data.code == RejectionCode.NOT_AN_ADMIN
    agency, ada = await founded(service, "unsigned.example")
    rejected = await result_of(service, agency, CorrectDetails(member_id=ada, name="Ada"), actor=member(ada))
    assert rejected.data.code == RejectionCode.BAA_UNSIGNED


async def test_a_reinvite_changes_seat_type_role_and_name(clinic: Clinic) -> None:
    clinic.row = await clinic.invite("bo@elsewhere.example")
    fresh = NewInvitation(invitation_id=uuid4(), member_id=clinic.row, sealed="sealed")
    invited, _ = await clinic.send(Reinvite(invitations=(fresh,), seat_type=VOICE, role=Role.ADMIN, name="Bo Berg"))
    assert (invited.data.seat_type, invited.data.role, invited.data.name) == (VOICE, Role.ADMIN, "Bo Berg")


async def test_the_operator_adds_an_admin_by_the_exact_address(clinic: Clinic) -> None:
    bo, _ = await waiting(clinic.service, clinic.id, "cy@clinic.example")
    await clinic.send(SeatAssigned(member_id=bo, seat_type=BASE))
    command = AddAdmin(
        invitation_id=uuid4(), email="cy+admin@clinic.example", name="Cy", seat_type=BASE, sealed="sealed"
    )
    [invited] = await clinic.send(command, actor=OPERATOR)
    assert (invited.type, invited.data.before) == ("members.invited.v1", None)
