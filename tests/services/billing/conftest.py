"""Billing on a real database, against the Stripe stand-in, with one clock that the test moves."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet

from contracts.billing import AccountOpened, PlanChanged, QuoteCycle, QuoteSeats, SetQuantities
from contracts.billing_payments import InvoiceChanged
from contracts.billing_quotes import Quoted
from contracts.members_agencies import AgencyFounded, BaaSigned
from contracts.message import Seats
from contracts.stripe_events import StripeEvent
from contracts.topics import STRIPE_EVENTS
from contracts.vocabulary import BAA_VERSION, BillingCycle, SeatType
from hosting.sealing import Sealing
from services.billing.app import definition
from tests.support.bus import PublishedMessage
from tests.support.clock import HandClock
from tests.support.one_service import OneService
from tests.support.stripe_side import StripeSide, stripe_side
from transport.records import StoredRecord

DAY = 86_400
_TRIES_BESIDE_A_SLOW_CALL = 3
"""The test's clock jumps and Stripe's calls take time: the first attempts meet a slow call that still runs."""


@dataclass
class Billing:
    """The service under test, Stripe's side, and one agency."""

    service: OneService
    stripe: StripeSide
    sealing: Sealing
    agency_id: UUID
    account: AccountOpened | None = None

    @property
    def subscription_id(self) -> str:
        """The subscription of the account that `open` opened."""
        assert self.account is not None
        return self.account.subscription_id

    async def found(
        self,
        base: int = 2,
        voice: int = 1,
        *,
        cycle: BillingCycle = BillingCycle.MONTHLY,
        card: str = "pm_card_visa",
    ) -> UUID:
        """Handle AgencyFounded; the id of the founding command."""
        event = AgencyFounded(
            name="Harbor Clinic",
            domain="harbor.example",
            cycle=cycle,
            base=base,
            voice=voice,
            payment_method=card,
            admin_id=uuid4(),
            admin_email="ada@harbor.example",
            admin_name="Ada",
            admin_seat_type=SeatType.BASE,
        )
        command_id = uuid4()
        await self.service.handle(event, self.agency_id, correlation_id=command_id)
        return command_id

    async def open(self, base: int = 2, voice: int = 1, *, signed: bool = True, **more: Any) -> AccountOpened:  # noqa: ANN401  as `found`
        """Open the account, and sign the BAA; the published AccountOpened."""
        await self.found(base, voice, **more)
        await self.service.run_tasks()
        (published,) = await self.published()
        assert isinstance(published.data, AccountOpened)
        self.account = published.data
        if signed:
            await self.sign_baa()
        return published.data

    async def sign_baa(self) -> None:
        """Handle BaaSigned."""
        event = BaaSigned(
            signer_id=uuid4(),
            signer_name="Ada",
            signer_title="Director",
            version=BAA_VERSION,
            signed_at=self.service.clock(),
        )
        await self.service.handle(event, self.agency_id)

    async def command(self, before: tuple[int, int], after: tuple[int, int], quote_id: UUID | None = None) -> UUID:
        """Handle SetQuantities; the command's id. No task has run yet."""
        command = SetQuantities(
            before=Seats(base=before[0], voice=before[1]),
            after=Seats(base=after[0], voice=after[1]),
            quote_id=quote_id,
        )
        return await self.service.handle(command, self.agency_id, sender="seats")

    async def quote(self, base: int, voice: int, session: str = "s") -> Quoted:
        """Quote other quantities."""
        command = QuoteSeats(after=Seats(base=base, voice=voice), session=session)
        await self.service.handle(command, self.agency_id, sender="gateway")
        return await self.quoted()

    async def quote_cycle(self, cycle: BillingCycle) -> Quoted:
        """Quote the other cycle."""
        await self.service.handle(QuoteCycle(cycle=cycle, session="s"), self.agency_id, sender="gateway")
        return await self.quoted()

    async def quoted(self) -> Quoted:
        """Run the tasks; the quote of the reply."""
        await self.service.run_tasks()
        (published,) = await self.published()
        assert isinstance(published.data, Quoted), published.data
        assert published.envelope.correlation_id == published.data.quote_id
        return published.data

    async def published(self) -> list[PublishedMessage]:
        """The messages published since the last call, without PlanChanged and InvoiceChanged."""
        return [
            message
            for message in await self.service.published()
            if not isinstance(message.data, PlanChanged | InvoiceChanged)
        ]

    async def persist(self, seconds: float = 60, tries: int = 20) -> None:
        """Run the tasks again and again, this many seconds apart, until none is recorded."""
        for attempt in range(tries):
            await self.service.run_tasks()
            if await self.waiting() == 0:
                return
            if attempt > _TRIES_BESIDE_A_SLOW_CALL:
                await self.stripe.at_rest()
            self.service.clock.advance(seconds)
        raise AssertionError("tasks are still recorded")

    async def persist_until_published(self, kind: type[Any], tries: int = 20) -> list[Any]:
        """Run the tasks again and again, a minute apart, until a message of this type is published; those messages."""
        for _ in range(tries):
            await self.service.run_tasks()
            if found := [message.data for message in await self.published() if isinstance(message.data, kind)]:
                return found
            self.service.clock.advance(61)
        raise AssertionError("never published")

    async def waiting(self) -> int:
        """The number of recorded tasks."""
        count: int = await self.service.pool.fetchval("SELECT count(*) FROM tasks")
        return count

    async def event(self, customer_id: str, kind: str = "customer.subscription.updated", **more: Any) -> None:  # noqa: ANN401  its other fields
        """Handle a Stripe event."""
        fields = {"event_id": f"evt_{uuid4().hex}", "created": self.service.clock(), **more}
        event = StripeEvent(type=kind, customer_id=customer_id, **fields)
        value = event.model_dump_json().encode()
        await self.service.handle_records([StoredRecord(STRIPE_EVENTS, 0, 0, customer_id.encode(), value, ())])

    async def events_since(self, event_id: str | None) -> None:
        """Handle Stripe's own events about the agency's customer after this one, as the webhook would."""
        assert event_id is not None
        assert self.account is not None
        events, _, _ = await self.stripe.api.events_after(event_id)
        for event in events:
            if event.customer_id == self.account.customer_id:
                fields = event.model_dump(exclude={"type", "customer_id"})
                await self.event(event.customer_id, event.type, **fields)


@pytest.fixture
async def billing(migrated: str) -> AsyncIterator[Billing]:
    """Billing without an account."""
    clock = HandClock()
    sealing = Sealing([Fernet.generate_key().decode()])
    async with stripe_side(clock) as side:
        made = definition(side.api, side.catalogue, sealing, "https://seats.example", Random(1))
        service = await OneService.open(made, migrated, clock)
        yield Billing(service, side, sealing, uuid4())
        await service.close()
