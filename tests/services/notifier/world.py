"""A clinic as its events describe it to the notifier, and a fake mail server with scripted replies."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID, uuid4

from contracts.members import Activated, Blocked, SignedUp
from contracts.members_agencies import AgencyFounded
from contracts.members_invitations import Invited
from contracts.message import Invoice, Message, Seats
from contracts.notifier import Send
from contracts.seats_purchases import PurchaseStarted, SeatsAutoAdded, Waiter
from contracts.vocabulary import BillingCycle, BlockedDetail, BlockedReason, MemberStatus, Role, SeatType
from hosting.sealing import Sealing
from services.notifier.domain.after_sending import Accepted, Delivery
from tests.support.one_service import OneService


@dataclass
class FakeMailServer:
    """Accepts every mail, unless `next_deliveries` holds another outcome."""

    accepted: list[EmailMessage] = field(default_factory=list)
    handed_over: list[EmailMessage] = field(default_factory=list)
    next_deliveries: list[Delivery] = field(default_factory=list)
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def send(self, message: EmailMessage) -> Delivery:
        self.handed_over.append(message)
        delivery = self.next_deliveries.pop(0) if self.next_deliveries else Accepted()
        if isinstance(delivery, Accepted):
            self.accepted.append(message)
        return delivery

    def count(self, template: str, outcome: str) -> None:
        self.counted[template, outcome] += 1

    def read(self) -> list[tuple[str, str]]:
        """Recipient and subject of the mails accepted since the last call, sorted."""
        accepted, self.accepted = self.accepted, []
        return sorted((str(mail["To"]), str(mail["Subject"])) for mail in accepted)


def body_of(mail: EmailMessage) -> str:
    """The text part."""
    part = mail.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text.replace("\r\n", "\n")


class Clinic:
    """One agency, Northside. Its first admin, Ada, is Active after `opened`."""

    def __init__(self, service: OneService, mails: FakeMailServer, sealing: Sealing) -> None:
        self.service = service
        self.mails = mails
        self.sealing = sealing
        self.agency_id = uuid4()
        self.ada = UUID(int=1)
        self.since: dict[UUID, datetime] = {}
        """Since when members wait for a seat."""

    async def handle(self, *messages: Message) -> None:
        for message in messages:
            await self.service.handle(message, self.agency_id)

    async def handle_together(self, *messages: Message) -> None:
        """Handle the messages in one poll, and so in one transaction."""
        await self.service.handle_records([self.service.sender.record(message, self.agency_id) for message in messages])

    async def opened(self) -> None:
        """Open the agency, and forget the welcome mail, which `test_welcome.py` reads."""
        await self.founded()
        await self.service.run_tasks()
        assert str(self.mails.handed_over[-1]["Subject"]).startswith("Northside is open")
        for kept in (self.mails.accepted, self.mails.handed_over, self.mails.counted):
            kept.clear()
        await self.service.published()

    async def founded(self) -> None:
        await self.handle(
            AgencyFounded(
                name="Northside",
                domain="clinic.example",
                cycle=BillingCycle.MONTHLY,
                base=1,
                voice=1,
                payment_method="pm_card_visa",
                admin_id=self.ada,
                admin_email="ada@clinic.example",
                admin_name="Ada Admin",
                admin_seat_type=SeatType.BASE,
            ),
            Activated(member_id=self.ada, seat_type=SeatType.BASE, role=Role.ADMIN),
        )

    async def admin(self, name: str) -> UUID:
        """Add an Active admin."""
        (member_id,) = await self.signed_up(name)
        await self.handle(Activated(member_id=member_id, seat_type=SeatType.VOICE, role=Role.ADMIN))
        return member_id

    async def signed_up(self, *names: str) -> list[UUID]:
        ids = [uuid4() for _ in names]
        await self.handle_together(
            *(
                SignedUp(
                    member_id=member_id, email=f"{name.lower()}@clinic.example", name=name, seat_type=SeatType.VOICE
                )
                for member_id, name in zip(ids, names, strict=True)
            ),
        )
        return ids

    async def logged_in(self, *ids: UUID) -> None:
        """Have members log in for the first time: seats says later since when they wait."""
        self.since.update(dict.fromkeys(ids, self.service.clock()))

    async def blocked(
        self,
        *ids: UUID,
        reason: BlockedReason = BlockedReason.NO_SEAT_AVAILABLE,
        detail: BlockedDetail | None = None,
        operation_id: UUID | None = None,
    ) -> None:
        """Block members; `operation_id` is the declined purchase that they waited for."""
        blocked = [
            Blocked(
                member_id=member_id,
                seat_type=SeatType.VOICE,
                reason=reason,
                detail=detail,
                operation_id=operation_id,
            )
            for member_id in ids
        ]
        await self.handle_together(*blocked)

    async def purchase_started(self, *ids: UUID, operation_id: UUID | None = None) -> UUID:
        operation = operation_id or uuid4()
        before, after = Seats(base=1, voice=1), Seats(base=1, voice=1 + len(ids))
        await self.handle(
            PurchaseStarted(operation_id=operation, before=before, after=after, waiting=self.waiters(ids)),
        )
        return operation

    async def purchase_paid(self, operation: UUID, *ids: UUID) -> None:
        """Publish a paid purchase as seats and members do: the purchase, then each member who is Active by it."""
        await self.handle_together(
            SeatsAutoAdded(
                operation_id=operation,
                served=self.waiters(ids),
                before=Seats(base=1, voice=1),
                after=Seats(base=1, voice=1 + len(ids)),
                charged=3120 * len(ids),
                new_total=18997,
                cycle=BillingCycle.MONTHLY,
                invoice=Invoice(id="in_1", number="R-0042", total=3120, amount_paid=3120, url="https://pay.example/1"),
            ),
        )
        await self.handle_together(
            *(
                Activated(
                    member_id=member_id,
                    seat_type=SeatType.VOICE,
                    role=Role.CLINICIAN,
                    waited_since=self.since.get(member_id),
                )
                for member_id in ids
            ),
        )

    def waiters(self, ids: Sequence[UUID]) -> tuple[Waiter, ...]:
        """Waiters as seats names them in its events."""
        return tuple(
            Waiter(member_id=member_id, seat_type=SeatType.VOICE, since=self.since.get(member_id)) for member_id in ids
        )

    def code(self, member_id: UUID, email: str, *, minutes: float = 10, sealing: Sealing | None = None) -> Send:
        sealed = (sealing or self.sealing).seal({"code": "0412", "link": "https://seats.example/login/abc"})
        until = self.service.clock() + timedelta(minutes=minutes)
        return Send(
            member_id=member_id,
            email=email,
            sealed=sealed,
            expires_at=until,
            link_expires_at=until + timedelta(minutes=50),
        )

    def invitation(
        self,
        member_id: UUID,
        email: str,
        *,
        before: MemberStatus | None = None,
        role: Role = Role.CLINICIAN,
        sealing: Sealing | None = None,
        link: str = "abc",
    ) -> Invited:
        """An invitation as members publishes it, valid for 14 days."""
        return Invited(
            member_id=member_id,
            invitation_id=uuid4(),
            email=email,
            name="Mia",
            seat_type=SeatType.VOICE,
            role=role,
            sealed=(sealing or self.sealing).seal({"link": f"https://seats.example/invite/{link}"}),
            expires_at=self.service.clock() + timedelta(days=14),
            before=before,
        )

    async def delivered(self, seconds: float = 0) -> list[tuple[str, str]]:
        """Advance the clock, run the due tasks, and return the mails accepted."""
        self.service.clock.advance(seconds)
        await self.service.run_tasks()
        return self.mails.read()
