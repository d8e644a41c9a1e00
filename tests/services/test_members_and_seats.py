"""members and seats together, with their messages crossing in every way that the bus allows."""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

import pytest

from chassis.actor import ActorContext, OutboxMessage
from contracts import billing, billing_payments, members, members_agencies, members_invitations, seats
from contracts.message import Command, Message, Seats
from contracts.vocabulary import (
    BAA_VERSION,
    OPERATOR,
    Actor,
    BillingCycle,
    ChangedBy,
    MemberStatus,
    Proof,
    RejectionCode,
    Role,
    SeatType,
    Service,
    member,
)
from services.members.domain.agency import Agency, Baa, Member
from services.members.handlers import HANDLERS as MEMBERS_HANDLERS
from services.members.state import Roster
from services.seats.domain.ledger import Ledger
from services.seats.domain.line import FOUNDER, Waiter
from services.seats.handlers import HANDLERS as SEATS_HANDLERS
from services.seats.handlers import on_timer
from services.seats.state import Seats as Ledgers
from services.seats.tasks import PurchaseDue

AGENCY, ADA = UUID(int=1), UUID(int=2)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SEEDS, STEPS = 300, 300
DELIVERED = 0.7
"""The probability that a step delivers a message; otherwise somebody acts."""
STREAMS = [
    (Service.MEMBERS, "members.commands"),
    (Service.MEMBERS, "seats.events"),
    (Service.SEATS, "seats.commands"),
    (Service.SEATS, "members.events"),
]
"""Each service's subscriptions. Each stream is delivered in order; the next stream is drawn at random."""


@dataclass(frozen=True)
class Sent:
    """A message on its way."""

    message: Message
    id: UUID
    correlation_id: UUID
    actor: Actor


@dataclass
class Bus:
    """members and seats of an agency, and a billing that pays or declines. Messages are delivered one at a time."""

    now: datetime = START
    ids: Any = field(default_factory=lambda: count(1000))
    roster: Roster = field(default_factory=lambda: Roster(AGENCY))
    ledgers: Ledgers = field(default_factory=lambda: Ledgers(AGENCY, Ledger()))
    streams: dict[tuple[Service, str], deque[Sent]] = field(default_factory=lambda: defaultdict(deque))
    purchases: deque[tuple[UUID, billing.SetQuantities]] = field(default_factory=deque)
    commands: dict[UUID, Command] = field(default_factory=dict)
    outcomes: Counter[UUID] = field(default_factory=Counter)
    links: dict[int, list[UUID]] = field(default_factory=lambda: defaultdict(list))

    def open(self, base: int, voice: int) -> None:
        """Open an agency with a signed BAA, whose only admin, Ada, holds a Base seat."""
        baa = Baa(ADA, "Ada", "Owner", BAA_VERSION, START)
        self.roster.set_agency(Agency("Clinic", "clinic.example", baa=baa))
        ada = Member(
            ADA, "ada@clinic.example", "Ada", SeatType.BASE, Role.ADMIN, MemberStatus.PENDING_LOGIN, waiting=True
        )
        self.roster.enter(ada)
        self.ledgers.ledger = Ledger(baa_signed=True)
        self.ledgers.line.append(Waiter(FOUNDER, ADA, SeatType.BASE, ADA, OPERATOR))
        opened = billing.AccountOpened(
            customer_id="cus", subscription_id="sub", purchased=Seats(base=base, voice=voice),
            cycle=BillingCycle.MONTHLY, total=1,
        )  # fmt: skip
        self.handle(Service.SEATS, Sent(opened, ADA, ADA, OPERATOR))
        self.deliver_all()

    def new_id(self) -> UUID:
        return UUID(int=next(self.ids))

    def command(self, message: Command, actor: Actor) -> None:
        command_id = self.new_id()
        self.commands[command_id] = message
        self.streams[message.owner, message.topic].append(Sent(message, command_id, command_id, actor))

    def ctx(self, service: Service, sent: Sent) -> ActorContext:
        rejection = members.MembersCommandRejected if service is Service.MEMBERS else seats.SeatsCommandRejected
        return ActorContext(
            service, AGENCY, sent.id, sent.correlation_id, sent.actor, self.now, self.now, self.new_id,
            command_type=sent.message.type, rejection=rejection,
        )  # fmt: skip

    def handle(self, service: Service, sent: Sent) -> None:
        state, handled = (
            (self.roster, MEMBERS_HANDLERS) if service is Service.MEMBERS else (self.ledgers, SEATS_HANDLERS)
        )
        ctx = self.ctx(service, sent)
        if (handler := handled.get(type(sent.message))) is not None:
            handler(state, sent.message, ctx)
        self.take(ctx)
        self.check()

    def take(self, ctx: ActorContext) -> None:
        for published in ctx.outbox:
            sent = Sent(published.message, published.id, published.correlation_id, published.actor)
            if isinstance(published.message, billing.SetQuantities):
                self.purchases.append((published.id, published.message))
                continue
            self.note(published)
            subscriber = Service.SEATS if published.message.owner is Service.MEMBERS else Service.MEMBERS
            self.streams[subscriber, published.message.topic].append(sent)

    def note(self, published: OutboxMessage) -> None:
        command = self.commands.get(published.correlation_id)
        if command is not None and published.message.type in command.outcomes:
            self.outcomes[published.correlation_id] += 1

    def deliver(self, which: int) -> None:
        stream = STREAMS[which % len(STREAMS)]
        if self.streams[stream]:
            self.handle(stream[0], self.streams[stream].popleft())

    def handle_next(self, service: Service, topic: str) -> None:
        self.handle(service, self.streams[service, topic].popleft())

    def deliver_all(self) -> None:
        while any(self.streams.values()):
            for which in range(len(STREAMS)):
                self.deliver(which)

    def bill(self, *, paid: bool) -> None:
        if not self.purchases:
            return
        operation, command = self.purchases.popleft()
        reply: Message
        if paid:
            reply = billing.QuantitiesSet(
                operation_id=operation, before=command.before, after=command.after, charged=1, total=1,
                cycle=BillingCycle.MONTHLY,
            )  # fmt: skip
        else:
            reply = billing.QuantitiesRejected(operation_id=operation, code=RejectionCode.PAYMENT_DECLINED)
        self.handle(Service.SEATS, Sent(reply, self.new_id(), operation, OPERATOR))

    def fix_card(self) -> None:
        fixed = self.new_id()
        self.handle(Service.SEATS, Sent(billing_payments.CardChanged(), fixed, fixed, OPERATOR))

    def add_a_seat(self, seat_type: SeatType) -> None:
        """Add a seat at Stripe's dashboard."""
        before = self.ledgers.ledger.purchased
        changed = billing.SubscriptionChanged(
            before=Seats.of(before), after=Seats.of(before.plus(seat_type)), whose=ChangedBy.DASHBOARD,
            cycle=BillingCycle.MONTHLY, total=1,
        )  # fmt: skip
        if self.ledgers.ledger.purchase is None:
            self.handle(Service.SEATS, Sent(changed, self.new_id(), self.new_id(), OPERATOR))

    def fire(self) -> None:
        self.now += timedelta(minutes=2)
        fired = Sent(billing_payments.CardChanged(), self.new_id(), self.new_id(), OPERATOR)
        ctx = self.ctx(Service.SEATS, fired)
        on_timer(self.ledgers, PurchaseDue(), ctx)
        self.take(ctx)

    def finish(self) -> None:
        """Deliver every message and pay every purchase until nobody waits."""
        self.deliver_all()
        while self.purchases or self.ledgers.ledger.someone_waits:
            self.bill(paid=True)
            self.fire()
            self.deliver_all()

    def check(self) -> None:
        ledger = self.ledgers.ledger
        assert any(person.is_active_admin for person in self.roster.by_id.values()) or self.roster.by_id[ADA].waiting
        for seat_type, active in ledger.active:
            assert active <= ledger.purchased.of(seat_type), "a seat was not paid"

    def check_finished(self) -> None:
        """Check that both services agree on the seats' holders, and that each command has ended exactly once."""
        roster = self.roster.by_id.values()
        assert {person.id: person.plan_type for person in roster if person.plan_type is not None} == self.ledgers.seated
        for person in roster:
            assert (person.status is MemberStatus.ACTIVE) == (person.plan_type is not None)
            assert (person.status is MemberStatus.INVITED) == (person.invitation is not None)
            assert not person.waiting, "a member waits for a result that no service owes"
            assert person.plan_type in {None, person.seat_type}
        ledger, capacity = self.ledgers.ledger, self.roster.capacity
        assert capacity.active == ledger.active == _count(self.ledgers.seated)
        assert (capacity.purchased, capacity.waiting) == (ledger.purchased, ledger.waiting)
        assert {command: self.outcomes[command] for command in self.commands} == dict.fromkeys(self.commands, 1)

    def somebody(self, number: int) -> UUID:
        known = self.known(number)
        return known.id if known is not None else UUID(int=number + 100)

    def known(self, number: int) -> Member | None:
        return next(iter(self.roster.by_mailbox(email(number))), None)

    def member(self, number: int) -> Member:
        [known] = self.roster.by_mailbox(email(number))
        return known

    def pick(self, number: int, seat_type: SeatType) -> members.Pick | None:
        """The pick of a person for their first login, in one of two spellings."""
        known = self.known(number)
        if known is None or known.status is not MemberStatus.PENDING_LOGIN:
            return None
        row = members.Details(email=known.email, name=known.name, seat_type=known.seat_type)
        return members.Pick(email=email(number, tag=seat_type.value), name="N", seat_type=seat_type, instead_of=row)

    def act(self, what: str, number: int, seat_type: SeatType) -> None:  # noqa: C901  a list of people's actions
        who, by_ada = self.somebody(number), member(ADA)
        match what:
            case "sign up":
                address = email(number, tag=seat_type.value)
                self.command(members.SignUp(email=address, name="N", seat_type=seat_type), member(who))
            case "log in":
                pick = self.pick(number, seat_type)
                self.command(members.RecordLogin(member_id=who, proof=Proof.CODE, pick=pick), member(who))
            case "correct":
                self.command(members.CorrectDetails(member_id=who, name="C", seat_type=seat_type), by_ada)
            case "invite":
                link = self.new_id()
                self.links[number].append(link)
                self.command(
                    members_invitations.Invite(
                        invitation_id=link, email=email(number), name="N", seat_type=seat_type, role=Role.CLINICIAN,
                        sealed="sealed",
                    ),
                    by_ada,
                )  # fmt: skip
            case "reinvite":
                link = self.new_id()
                self.links[number].append(link)
                fresh = members_invitations.NewInvitation(invitation_id=link, member_id=who, sealed="sealed")
                self.command(members_invitations.Reinvite(invitations=(fresh,), seat_type=seat_type), by_ada)
            case "accept the newest" | "accept the oldest" if self.links[number]:
                link = self.links[number][-1 if what == "accept the newest" else 0]
                self.command(members_invitations.AcceptInvite(member_id=who, invitation_id=link), member(who))
            case "remove":
                self.command(members.Remove(member_id=who), by_ada)
            case "swap":
                self.command(seats.Swap(member_id=who, seat_type=seat_type), by_ada)
            case "add admin":
                self.command(
                    members_agencies.AddAdmin(
                        invitation_id=self.new_id(), email=email(number), name="N", seat_type=seat_type, sealed="sealed"
                    ),
                    OPERATOR,
                )
            case "switch on" | "switch off":
                self.command(seats.SetAutoAdd(enabled=what == "switch on"), by_ada)
            case "pay" | "decline":
                self.bill(paid=what == "pay")
            case _:
                self.stripe(what, seat_type)

    def stripe(self, what: str, seat_type: SeatType) -> None:
        """Act at Stripe."""
        match what:
            case "fix the card":
                self.fix_card()
            case "add a seat":
                self.add_a_seat(seat_type)
            case _:
                pass


def email(number: int, tag: str = "") -> str:
    """The address of a person; of their Voice sign-ups another spelling of it."""
    return f"p{number}{'+v' if tag == 'voice' else ''}@clinic.example"


def _count(seated: dict[UUID, SeatType]) -> Any:  # noqa: ANN401  compared with quantities
    counts = Counter(seated.values())
    return type(Ledger().active)(counts[SeatType.BASE], counts[SeatType.VOICE])


ACTIONS = {
    "sign up": 2, "log in": 6, "invite": 3, "reinvite": 5, "accept the newest": 8, "accept the oldest": 1, "remove": 4,
    "swap": 3, "add admin": 1, "switch on": 3, "switch off": 1, "pay": 2, "decline": 3, "fix the card": 3,
    "add a seat": 1, "correct": 2,
}  # fmt: skip
"""The actions of people and of Stripe, each with its weight."""


@pytest.mark.parametrize("seed", range(SEEDS))
def test_both_services_agree_on_the_holders_and_every_command_ends_once_however_messages_cross(seed: int) -> None:
    """INVARIANT: exactly the Active members hold a seat, and each command has exactly one end."""
    rng = Random(seed)
    crowd = rng.choice([2, 8, 50])
    bus = Bus()
    bus.open(base=rng.randint(1, 3), voice=rng.randint(0, 2))
    for _ in range(STEPS):
        if rng.random() < DELIVERED:
            bus.deliver(rng.randrange(len(STREAMS)))
        else:
            (what,) = rng.choices(list(ACTIONS), list(ACTIONS.values()))
            bus.act(what, rng.randrange(crowd), rng.choice(list(SeatType)))
    bus.finish()
    bus.check_finished()


def blocked_for_payment() -> Bus:
    """Return a bus whose member 0 is Blocked after a decline, while a Voice seat is free."""
    bus = Bus()
    bus.open(base=1, voice=1)
    for what in ("switch on", "sign up", "log in"):
        bus.act(what, 0, SeatType.BASE)
        bus.deliver_all()
    bus.fire()
    bus.deliver_all()
    bus.act("decline", 0, SeatType.BASE)
    bus.deliver_all()
    assert bus.member(0).status is MemberStatus.BLOCKED
    return bus


@pytest.mark.parametrize("paid", [False, True])
def test_a_good_card_that_crosses_a_reinvite_lets_in_nobody_who_has_not_accepted(paid: bool) -> None:
    bus = blocked_for_payment()
    bus.act("fix the card", 0, SeatType.BASE)
    if paid:
        bus.act("pay", 0, SeatType.BASE)
    bus.act("reinvite", 0, SeatType.VOICE)
    bus.handle_next(Service.MEMBERS, "members.commands")
    assert bus.member(0).status is MemberStatus.INVITED
    bus.finish()
    bus.check_finished()
    assert bus.member(0).status is MemberStatus.INVITED
    bus.act("accept the newest", 0, SeatType.VOICE)
    bus.finish()
    bus.check_finished()
    assert bus.member(0).plan_type is SeatType.VOICE


def test_the_result_of_a_first_login_that_crosses_removal_and_invite_lets_nobody_in() -> None:
    bus = Bus()
    bus.open(base=3, voice=0)
    for what in ("sign up", "log in"):
        bus.act(what, 0, SeatType.BASE)
        bus.handle_next(Service.MEMBERS, "members.commands")
        bus.handle_next(Service.SEATS, "members.events")
    for what in ("remove", "invite", "accept the newest"):
        bus.act(what, 0, SeatType.BASE)
        bus.handle_next(Service.MEMBERS, "members.commands")
    bus.handle_next(Service.MEMBERS, "seats.events")
    assert bus.member(0).status is MemberStatus.INVITED, "the removal gives up that seat"
    bus.finish()
    bus.check_finished()
    assert bus.member(0).status is MemberStatus.ACTIVE
