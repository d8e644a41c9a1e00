"""The invariants of a ledger under any sequence of events."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.actor import ActorContext, NewTask, OutboxMessage
from contracts import billing, billing_payments, members, members_agencies, members_invitations, seats, seats_purchases
from contracts.message import Message, Owed, Seats
from contracts.vocabulary import (
    ANYONE,
    BAA_VERSION,
    BillingCycle,
    ChangedBy,
    FrozenReason,
    Quantities,
    RejectionCode,
    SeatType,
    Service,
)
from services.seats.domain.auto_add import why_not_wait
from services.seats.domain.capacity import capacity_of
from services.seats.domain.ledger import Account, Ledger
from services.seats.handlers import HANDLERS, on_timer
from services.seats.state import Seats as State
from services.seats.tasks import PURCHASE_DUE, PurchaseDue

AGENCY = UUID(int=1)
FOUNDER = UUID(int=2)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class World:
    """An agency's seats, with a billing whose results the test chooses."""

    state: State = field(default_factory=lambda: State(AGENCY, Ledger(), gather=timedelta()))
    now: datetime = START
    ids: Any = field(default_factory=lambda: count(1000))
    timer: NewTask | None = None
    commands: list[tuple[UUID, billing.SetQuantities]] = field(default_factory=list)
    settled: int = 0
    lowered: bool = False
    changes: list[UUID] = field(default_factory=list)
    decided: list[UUID] = field(default_factory=list)
    capacity: seats.CapacityChanged | None = None
    frozen: FrozenReason | None = None
    arrived: list[tuple[UUID, SeatType, UUID]] = field(default_factory=list)
    ended: list[tuple[UUID, Message, UUID]] = field(default_factory=list)

    def new_id(self) -> UUID:
        return UUID(int=next(self.ids))

    def ctx(self, message_id: UUID) -> ActorContext:
        return ActorContext(
            Service.SEATS, AGENCY, message_id, message_id, ANYONE, self.now, self.now, self.new_id,
            command_type="an order of seats", rejection=seats.SeatsCommandRejected,
        )  # fmt: skip

    def handle(self, message: Message, message_id: UUID | None = None) -> None:
        ctx = self.ctx(message_id or self.new_id())
        HANDLERS[type(message)](self.state, message, ctx)
        self.take(ctx)

    def take(self, ctx: ActorContext) -> None:
        if PURCHASE_DUE in ctx.cancelled:
            self.timer = None
        for task in ctx.tasks:
            if task.kind == PURCHASE_DUE:
                self.timer = task
        for published in ctx.outbox:
            match published.message:
                case billing.SetQuantities():
                    frozen = self.state.ledger.frozen
                    assert published.message.quote_id is not None or frozen is None, "a seat was bought back"
                    self.commands.append((published.id, published.message))
                case seats.SeatAssigned() | seats.SeatDenied():
                    self.ended.append((published.message.member_id, published.message, published.correlation_id))
                case _:
                    self.note(published)

    def note(self, published: OutboxMessage) -> None:
        """Note the events about the whole agency, and the results of admins' commands."""
        match published.message:
            case seats_purchases.SeatsAdjusted():
                self.decided.append(published.correlation_id)
            case seats.SeatsCommandRejected(command_id=command) if UUID(command) in self.changes:
                self.decided.append(UUID(command))
            case seats_purchases.AutoAddResumed(joined=joined):
                again = {waiter.member_id for waiter in joined}
                self.ended = [outcome for outcome in self.ended if outcome[0] not in again]
                self.arrived = [arrival for arrival in self.arrived if arrival[0] not in again]
                self.arrived += [(w.member_id, w.seat_type, published.correlation_id) for w in joined]
            case seats.CapacityChanged() as changed:
                self.capacity = changed
            case seats.Frozen() | seats.Thawed() as changed:
                self.frozen = changed.reason if isinstance(changed, seats.Frozen) else None
            case _:
                pass

    def login(self, seat_type: SeatType) -> None:
        member, command = self.new_id(), self.new_id()
        self.arrived.append((member, seat_type, command))
        self.handle(members.FirstLogin(member_id=member, seat_type=seat_type), command)

    def accept(self, seat_type: SeatType) -> None:
        member, command = self.new_id(), self.new_id()
        self.arrived.append((member, seat_type, command))
        accepted = members_invitations.InviteAccepted(
            member_id=member, invitation_id=self.new_id(), seat_type=seat_type
        )
        self.handle(accepted, command)

    def swap(self, seat_type: SeatType) -> None:
        member = next(iter(self.state.seated), FOUNDER)
        self.handle(seats.Swap(member_id=member, seat_type=seat_type))

    def exchange(self, seat_type: SeatType) -> None:
        """Give the first holder this type, and the next two the other one."""
        others = {SeatType.BASE: SeatType.VOICE, SeatType.VOICE: SeatType.BASE}
        first, *rest = [*self.state.seated, FOUNDER][:3]
        moves = [seats.SeatMove(member_id=first, seat_type=seat_type)]
        moves += [seats.SeatMove(member_id=member, seat_type=others[seat_type]) for member in rest if member != first]
        if len(moves) > 1:
            self.handle(seats.Exchange(moves=tuple(moves)))

    def adjust(self, after: Quantities) -> None:
        command = self.new_id()
        self.changes.append(command)
        self.handle(seats_purchases.Adjust(after=Seats.of(after), quote_id=self.new_id()), command)

    def external_change(self, after: Quantities) -> None:
        ledger = self.state.ledger
        self.lowered |= any(after.of(t) < ledger.active.of(t) for t in SeatType)
        self.handle(
            billing.SubscriptionChanged(
                whose=ChangedBy.DASHBOARD,
                before=Seats.of(ledger.purchased),
                after=Seats.of(after),
                cycle=BillingCycle.MONTHLY,
                total=1,
            )
        )

    def publish_billing_event(self, kind: str) -> None:
        match kind:
            case "gone":
                self.lowered = True
                reason = FrozenReason.SUBSCRIPTION_CANCELED
                self.handle(billing.SubscriptionEnded(reason=reason, whose=ChangedBy.DASHBOARD))
            case "unpaid":
                self.handle(billing_payments.DebtChanged(owed=Owed(invoices=1, amount=500)))
            case "recovered":
                self.handle(billing_payments.PaymentRecovered())
            case "card":
                self.handle(billing_payments.CardChanged())
            case "settled":
                paid = Seats.of(self.state.ledger.unsettled)
                self.handle(billing_payments.Settled(operation_ids=(), seats=paid, charged=100))
            case "retry":
                self.handle(seats_purchases.RetryPayment())
            case _:
                raise AssertionError(kind)

    def open_account(self, base: int, voice: int) -> None:
        self.arrived.insert(0, (FOUNDER, SeatType.BASE, UUID(int=3)))
        self.handle(
            billing.AccountOpened(
                customer_id="cus",
                subscription_id="sub",
                purchased=Seats(base=base, voice=voice),
                cycle=BillingCycle.MONTHLY,
                total=1,
            )
        )

    def pay(self, *, unsettled: bool = False) -> None:
        operation, command = self.commands[-1]
        self.settled += 1
        self.handle(
            billing.QuantitiesSet(
                operation_id=operation,
                before=command.before,
                after=command.after,
                charged=0 if unsettled else 100,
                unsettled=unsettled and command.quote_id is None,
                total=200,
                cycle=BillingCycle.MONTHLY,
            )
        )

    def reject(self, code: RejectionCode, actual: Quantities | None = None) -> None:
        self.settled += 1
        changed = Seats.of(actual) if actual is not None else None
        self.handle(billing.QuantitiesRejected(operation_id=self.commands[-1][0], code=code, actual=changed))

    def pass_time(self, seconds: int | None) -> None:
        """So many seconds; None: the timer fires."""
        if seconds is None:
            self.fire()
        else:
            self.now += timedelta(seconds=seconds)

    def fire(self) -> None:
        self.timer = None
        ctx = self.ctx(self.new_id())
        on_timer(self.state, PurchaseDue(), ctx)
        self.take(ctx)

    @property
    def bought(self) -> int:
        """How many purchases Auto-Add has started."""
        return sum(command.quote_id is None for _, command in self.commands)

    @property
    def buying(self) -> bool:
        return len(self.commands) > self.settled

    def check(self, before: Ledger) -> None:
        ledger = self.state.ledger
        assert len(self.commands) - self.settled in {0, 1}, "two purchases under way"
        assert (ledger.purchase is not None) == self.buying
        for seat_type in SeatType:
            active = ledger.active.of(seat_type)
            assert active <= max(ledger.purchased.of(seat_type), before.active.of(seat_type)), "a seat was not paid"
            assert self.lowered or active <= ledger.purchased.of(seat_type)
            counts = (ledger.purchased, ledger.active, ledger.waiting, ledger.unsettled)
            assert all(quantities.of(seat_type) >= 0 for quantities in counts), "fewer than none"
        holders = Counter(self.state.seated.values())
        assert holders == Counter({t: n for t, n in ledger.active if n}), "a seat is held that is not counted"
        assert Counter(w.seat_type for w in self.state.line) == Counter(dict(ledger.waiting)), "the line is miscounted"
        assert len({member for member, _, _ in self.ended}) == len(self.ended), "somebody was answered twice"
        commands = {member: command for member, _, command in self.arrived}
        assert all(command == commands[member] for member, _, command in self.ended if member != FOUNDER)
        waiting = {waiter.member_id for waiter in self.state.line}
        assert waiting | {member for member, _, _ in self.ended} == {member for member, _, _ in self.arrived}
        under_way = ledger.purchase.request if ledger.purchase is not None else None
        open_changes = [under_way.command_id] if under_way is not None else []
        assert sorted(self.decided + open_changes) == sorted(self.changes), "a change was answered twice, or never"
        assert self.frozen is ledger.frozen, "a freeze or its end was not published"
        if self.capacity is not None:
            changed, now = self.capacity, capacity_of(ledger)
            assert (changed.purchased, changed.incoming) == (Seats.of(now.purchased), Seats.of(now.incoming))
            assert (changed.waiting, changed.unsettled) == (Seats.of(now.waiting), Seats.of(now.unsettled))
            assert (changed.paused, changed.frozen) == (now.paused, now.frozen)
        if ledger.account is Account.OPEN and ledger.someone_waits and ledger.purchase is None:
            types = [seat_type for seat_type, waiting in ledger.waiting if waiting]
            assert {why_not_wait(ledger, seat_type) for seat_type in types} == {None}, "somebody waits for nothing"
            assert self.timer is not None, "somebody waits and nothing will wake the ledger"


LOGINS = st.sampled_from(SeatType).map(lambda seat_type: ("login", seat_type))
NEWS = st.sampled_from([RejectionCode.PAYMENT_DECLINED, RejectionCode.PAST_DUE, RejectionCode.INTERNAL_ERROR]).map(
    lambda code: ("refuse", code)
)
STALE = st.builds(Quantities, st.integers(0, 12), st.integers(0, 12)).map(lambda actual: ("stale", actual))
OTHERS = st.sampled_from([(kind, seat_type) for kind in ("accept", "swap", "exchange") for seat_type in SeatType])
COUNTS = st.builds(Quantities, st.integers(0, 12), st.integers(0, 12))
CHANGES = st.tuples(st.sampled_from(["adjust", "adjust", "elsewhere"]), COUNTS)
MONEY = st.sampled_from(["unpaid", "recovered", "card", "settled", "retry", "gone"]).map(lambda kind: ("billing", kind))
SIMPLE = st.sampled_from([("pay", None), ("unsettle", None), ("fire", None), ("on", None), ("off", None)])
WAITS = st.integers(0, 70).map(lambda seconds: ("pass", seconds))
STEPS = st.lists(
    st.one_of(LOGINS, LOGINS, OTHERS, SIMPLE, SIMPLE, NEWS, STALE, CHANGES, CHANGES, MONEY, WAITS), max_size=50
)


def founded() -> World:
    world = World()
    world.handle(
        members_agencies.AgencyFounded(
            name="Clinic",
            domain="clinic.example",
            cycle=BillingCycle.MONTHLY,
            base=1,
            voice=0,
            payment_method="pm",
            admin_id=FOUNDER,
            admin_email="ada@clinic.example",
            admin_name="Ada",
            admin_seat_type=SeatType.BASE,
        ),
        UUID(int=3),
    )
    return world


def signed() -> members_agencies.BaaSigned:
    return members_agencies.BaaSigned(
        signer_id=FOUNDER, signer_name="Ada", signer_title="Director", version=BAA_VERSION, signed_at=START
    )


def take_step(world: World, step: tuple[str, Any]) -> None:
    match step:
        case ("login" | "accept" | "swap" | "exchange" as what, seat_type):
            acts = {"login": world.login, "accept": world.accept, "swap": world.swap, "exchange": world.exchange}
            acts[what](seat_type)
        case ("on" | "off" as what, _):
            world.handle(seats.SetAutoAdd(enabled=what == "on"))
        case ("adjust" | "elsewhere" as what, counts):
            {"adjust": world.adjust, "elsewhere": world.external_change}[what](counts)
        case ("billing", kind):
            world.publish_billing_event(kind)
        case ("pay" | "unsettle" as how, _) if world.buying:
            world.pay(unsettled=how == "unsettle")
        case ("refuse", code) if world.buying:
            world.reject(code)
        case ("stale", actual) if world.buying:
            ledger = world.state.ledger
            world.lowered |= any(actual.of(t) < ledger.active.of(t) for t in SeatType)
            world.reject(RejectionCode.STALE, actual)
        case ("fire" | "pass", seconds):
            world.pass_time(seconds)
        case _:
            pass


@settings(max_examples=150, deadline=None)
@given(base=st.integers(1, 3), voice=st.integers(0, 3), early=st.lists(LOGINS, max_size=4), steps=STEPS)
def test_ledger_invariants(
    base: int, voice: int, early: list[tuple[str, SeatType]], steps: list[tuple[str, Any]]
) -> None:
    """INVARIANT: never more Active than paid for, never two purchases under way, everyone is answered exactly once."""
    world = founded()
    for step in early:
        take_step(world, step)
    world.open_account(base, voice)
    world.handle(signed())
    for step in steps:
        before = world.state.ledger
        take_step(world, step)
        world.check(before)


@settings(max_examples=100, deadline=None)
@given(first=st.lists(st.sampled_from(SeatType), min_size=1, max_size=12), later=st.lists(st.sampled_from(SeatType)))
def test_waiting_members_are_served_in_order(first: list[SeatType], later: list[SeatType]) -> None:
    """INVARIANT: a seat is bought at once for every waiting member; they are served in order of arrival."""
    world = founded()
    world.open_account(1, 0)
    world.handle(signed())
    world.handle(seats.SetAutoAdd(enabled=True))
    for seat_type in first:
        world.login(seat_type)
    operation, command = world.commands[0]
    assert command.after == Seats(base=1, voice=0).model_copy(update={first[0].value: 1 + (first[0] is SeatType.BASE)})
    for seat_type in later:
        world.login(seat_type)
    world.pay()
    assert world.state.ledger.active == command.after.quantities()
    while world.state.ledger.someone_waits:
        assert world.timer is not None
        world.now = world.timer.run_at
        world.fire()
        arrivals = Counter(seat_type for _, seat_type, _ in world.arrived)
        assert world.commands[-1][1].after == Seats(base=arrivals[SeatType.BASE], voice=arrivals[SeatType.VOICE])
        world.pay()
    assert len(world.commands) <= 2
    for seat_type in SeatType:
        arrived = [member for member, of, _ in world.arrived if of is seat_type]
        seated = [
            m for m, event, _ in world.ended if isinstance(event, seats.SeatAssigned) and event.seat_type is seat_type
        ]
        assert seated == arrived
    assert operation != world.commands[-1][0] or len(world.commands) == 1


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_after_off_no_purchase_starts(steps: list[tuple[str, Any]]) -> None:
    """INVARIANT: after OFF no purchase starts, and only one already sent keeps anybody waiting."""
    world = founded()
    world.open_account(1, 0)
    world.handle(signed())
    world.handle(seats.SetAutoAdd(enabled=True))
    for step in steps:
        take_step(world, step)
    world.handle(seats.SetAutoAdd(enabled=False))
    bought = world.bought
    for step in steps:
        if step != ("on", None):
            take_step(world, step)
    assert world.bought == bought
    assert world.buying or not world.state.line
