"""The catalogue's prices at Stripe: look them up in an agency's currency, and create those that Stripe lacks.

An agency's currency is its subscription's. A price may have other currencies as options, which somebody has given it at
Stripe; then its tiers are those of the option.
Source: Stripe's documentation, "Currency options".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from contracts.vocabulary import BillingCycle, RejectionCode, SeatType
from services.billing.catalogue import Catalogue, CataloguePrice
from services.billing.domain.plan_total import Tier
from services.billing.domain.snapshots import StripeItemSnapshot

_PRICES_KEPT: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class HeldPrice:
    """One price as Stripe has it, in one of its currencies."""

    id: str
    product: str
    cycle: BillingCycle | None
    currency: str
    tiers: tuple[Tier, ...]

    def matches(self, price: CataloguePrice) -> bool:
        """True when Stripe charges as the catalogue says, for the same product and cycle."""
        held = (self.product, self.cycle, self.currency, self.tiers)
        return held == (price.product, price.cycle, price.currency, price.tiers)


class PriceShelf(Protocol):
    """The calls to Stripe about products and prices."""

    async def prices(self, lookup_keys: list[str], currency: str | None = None) -> dict[str, HeldPrice]:
        """The active prices by lookup key; missing ones, and those without this currency, are left out."""
        ...

    async def ensure_product(self, product_id: str, name: str, seat_type: SeatType) -> bool:
        """Create the product unless it exists; True when it was created."""
        ...

    async def create_price(self, price: CataloguePrice) -> str:
        """Create a price; its id."""
        ...


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What `sync` did, by product id and lookup key; `differing` are sentences that tell the operator what to do."""

    created: tuple[str, ...]
    unchanged: tuple[str, ...]
    differing: tuple[str, ...]

    @property
    def is_true(self) -> bool:
        """True when Stripe has the catalogue's prices."""
        return not self.differing


async def held_prices(
    client: PriceShelf, catalogue: Catalogue, cycle: BillingCycle, currency: str
) -> Mapping[SeatType, HeldPrice] | None:
    """The prices of a cycle as Stripe has them; None when one is missing: `sync` was not run, or it is not sold so."""
    keys = {seat_type: catalogue.offer(seat_type).sold_in(currency).lookup_key(cycle) for seat_type in SeatType}
    held = await client.prices(list(keys.values()), currency)
    if any(key not in held for key in keys.values()):
        return None
    return {seat_type: held[key] for seat_type, key in keys.items()}


@dataclass(slots=True)
class PriceCache:
    """The prices of each cycle and currency as Stripe has them, read at most every ten minutes: they hardly ever move.

    Missing prices are not kept, so that only currencies in which we sell are.
    """

    client: PriceShelf
    catalogue: Catalogue
    _read: dict[tuple[BillingCycle, str], tuple[datetime, Mapping[SeatType, HeldPrice]]] = field(
        default_factory=dict, init=False
    )

    async def of_cycle(self, cycle: BillingCycle, currency: str, now: datetime) -> Mapping[SeatType, HeldPrice] | None:
        """As `held_prices`; missing prices are looked up again each time."""
        read_at, prices = self._read.get((cycle, currency), (None, None))
        if read_at is not None and now - read_at < _PRICES_KEPT:
            return prices
        prices = await held_prices(self.client, self.catalogue, cycle, currency)
        if prices is not None:
            self._read[cycle, currency] = (now, prices)
        return prices

    async def after_switch(
        self, items: Mapping[SeatType, StripeItemSnapshot], cycle: BillingCycle, currency: str, now: datetime
    ) -> Mapping[SeatType, HeldPrice] | Literal[RejectionCode.CUSTOM_PRICE] | None:
        """The prices of this cycle to which a switch moves the items: each to the price of its own pair.

        `custom_price` when a price has no pair; None when a price of a pair is not at Stripe, or not in this currency.
        """
        offers = {seat_type: self.catalogue.offer(seat_type) for seat_type in items}
        pairs = {seat_type: offers[seat_type].pair_of(item.lookup_key) for seat_type, item in items.items()}
        keys = {seat_type: pair.lookup_key(cycle) for seat_type, pair in pairs.items() if pair is not None}
        if len(keys) < len(pairs):
            return RejectionCode.CUSTOM_PRICE
        sold_keys = {seat_type: offer.sold_in(currency).lookup_key(cycle) for seat_type, offer in offers.items()}
        kept = [key for seat_type, key in keys.items() if key != sold_keys[seat_type]]
        held = await self.client.prices(kept, currency) if kept else {}
        sold = await self.of_cycle(cycle, currency, now) if len(kept) < len(keys) else {}
        if sold is None or any(key not in held for key in kept):
            return None
        return {seat_type: held[key] if key in kept else sold[seat_type] for seat_type, key in keys.items()}


async def sync(client: PriceShelf, catalogue: Catalogue) -> SyncReport:
    """Create the products and prices that Stripe lacks, and report those that differ.

    A second run does nothing. A price that differs is never touched: Stripe cannot change it, and agencies may pay it.
    """
    created: list[str] = []
    unchanged: list[str] = []
    differing: list[str] = []
    for seat_type in SeatType:
        offer = catalogue.offer(seat_type)
        made = await client.ensure_product(offer.product, offer.name, seat_type)
        (created if made else unchanged).append(offer.product)
    prices = list(catalogue.prices())
    held = await client.prices([price.lookup_key for price in prices])
    for price in prices:
        existing = held.get(price.lookup_key)
        if existing is None:
            await client.create_price(price)
            created.append(price.lookup_key)
        elif existing.matches(price):
            unchanged.append(price.lookup_key)
        else:
            differing.append(
                f"{price.lookup_key}: Stripe's {existing.id} charges something else. A price cannot be changed: "
                "give this one a new lookup key in the catalogue, or move the key away from the old price at Stripe.",
            )
    return SyncReport(tuple(created), tuple(unchanged), tuple(differing))
