"""The catalogue of prices: read the file, check it, and create its products and prices at Stripe.

The file lists seat types, lookup keys and monthly volume tiers; annual prices follow from `domain/annual_price.py`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contracts.vocabulary import BillingCycle, RejectionCode, SeatType
from services.billing.domain.annual_price import annual_price
from services.billing.domain.plan_total import Tier
from services.billing.domain.snapshots import StripeItemSnapshot

_PRICES_KEPT: Final = timedelta(minutes=10)
_Key = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,100}$")]


class CatalogueError(ValueError):
    """The catalogue cannot be read or is invalid; the message says why."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MonthlyTier(_Strict):
    """Cents per seat and month, up to this many seats."""

    cents: int = Field(ge=1)
    up_to: int | None = Field(default=None, ge=1)


class PricePair(_Strict):
    """The lookup keys of a monthly price and of its annual one, between which a switch of the cycle moves an agency."""

    monthly: _Key
    annual: _Key

    def lookup_key(self, cycle: BillingCycle) -> str:
        """The lookup key of this cycle's price at Stripe."""
        return self.monthly if cycle is BillingCycle.MONTHLY else self.annual

    def has(self, lookup_key: str) -> bool:
        """True when one of the two prices has this lookup key."""
        return lookup_key in {self.monthly, self.annual}


class Offer(PricePair):
    """One seat type as it is sold: the product's id and name at Stripe, its lookup keys, its tiers.

    `kept` are the pairs of older and negotiated prices, which agencies keep. Both prices of a pair exist at Stripe.
    """

    product: _Key
    name: str = Field(min_length=1)
    tiers: tuple[MonthlyTier, ...] = Field(min_length=1)
    kept: tuple[PricePair, ...] = ()

    @model_validator(mode="after")
    def _tiers_ascend(self) -> Self:
        bounds = [tier.up_to for tier in self.tiers]
        if bounds[-1] is not None or None in bounds[:-1]:
            raise ValueError("the last tier, and only the last one, has no up_to")
        known = [bound for bound in bounds if bound is not None]
        if known != sorted(set(known)):
            raise ValueError("the tiers' up_to must ascend")
        return self

    def pair_of(self, lookup_key: str | None) -> PricePair | None:
        """The pair to which a price belongs; None for a negotiated price that the catalogue does not list."""
        pairs: tuple[PricePair, ...] = (self, *self.kept)
        return next((pair for pair in pairs if lookup_key is not None and pair.has(lookup_key)), None)

    def priced(self, cycle: BillingCycle) -> tuple[Tier, ...]:
        """The tiers of this cycle, in cents per seat and cycle."""
        return tuple(
            Tier(tier.up_to, Decimal(tier.cents if cycle is BillingCycle.MONTHLY else annual_price(tier.cents)))
            for tier in self.tiers
        )


class Catalogue(_Strict):
    """Both seat types as they are sold."""

    currency: Annotated[str, Field(pattern="^usd$")]
    base: Offer
    voice: Offer

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        kept = [pair for seat_type in SeatType for pair in self.offer(seat_type).kept]
        keys = [price.lookup_key for price in self.prices()]
        keys += [pair.lookup_key(cycle) for pair in kept for cycle in BillingCycle]
        if len(set(keys)) != len(keys) or self.base.product == self.voice.product:
            raise ValueError("each product and each price needs a key of its own")
        return self

    def offer(self, seat_type: SeatType) -> Offer:
        """The offer of a seat type."""
        return self.base if seat_type is SeatType.BASE else self.voice

    def prices(self) -> Iterator[CataloguePrice]:
        """The four prices that Stripe must have."""
        for seat_type in SeatType:
            offer = self.offer(seat_type)
            for cycle in BillingCycle:
                yield CataloguePrice(
                    lookup_key=offer.lookup_key(cycle),
                    product=offer.product,
                    seat_type=seat_type,
                    cycle=cycle,
                    currency=self.currency,
                    tiers=offer.priced(cycle),
                )


@dataclass(frozen=True, slots=True)
class CataloguePrice:
    """One price as Stripe must have it; tiers in cents per seat and cycle."""

    lookup_key: str
    product: str
    seat_type: SeatType
    cycle: BillingCycle
    currency: str
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class HeldPrice:
    """One price as Stripe has it."""

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

    async def prices(self, lookup_keys: list[str]) -> dict[str, HeldPrice]:
        """The active prices by lookup key; missing ones are left out."""
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


def read_catalogue(path: Path) -> Catalogue:
    """Read and check the file; CatalogueError when it is missing or invalid."""
    try:
        return Catalogue.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CatalogueError(f"the catalogue {path} cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"the catalogue {path} is not TOML: {error}") from error
    except ValidationError as error:
        reasons = "; ".join(
            f"{'.'.join(str(key) for key in fault['loc']) or 'all'}: {fault['msg']}" for fault in error.errors()
        )
        raise CatalogueError(f"the catalogue {path} is wrong: {reasons}") from error


async def held_prices(
    client: PriceShelf, catalogue: Catalogue, cycle: BillingCycle
) -> Mapping[SeatType, HeldPrice] | None:
    """The prices of a cycle as Stripe has them; None when one is missing, because `sync` was not run."""
    keys = {seat_type: catalogue.offer(seat_type).lookup_key(cycle) for seat_type in SeatType}
    held = await client.prices(list(keys.values()))
    if any(key not in held for key in keys.values()):
        return None
    return {seat_type: held[key] for seat_type, key in keys.items()}


@dataclass(slots=True)
class PriceCache:
    """The prices of each cycle as Stripe has them, read at most every ten minutes: a lookup key hardly ever moves."""

    client: PriceShelf
    catalogue: Catalogue
    _read: dict[BillingCycle, tuple[datetime, Mapping[SeatType, HeldPrice]]] = field(default_factory=dict, init=False)

    async def of_cycle(self, cycle: BillingCycle, now: datetime) -> Mapping[SeatType, HeldPrice] | None:
        """As `held_prices`; missing prices are looked up again each time."""
        read_at, prices = self._read.get(cycle, (None, None))
        if read_at is not None and now - read_at < _PRICES_KEPT:
            return prices
        prices = await held_prices(self.client, self.catalogue, cycle)
        if prices is not None:
            self._read[cycle] = (now, prices)
        return prices

    async def after_switch(
        self, items: Mapping[SeatType, StripeItemSnapshot], cycle: BillingCycle, now: datetime
    ) -> Mapping[SeatType, HeldPrice] | Literal[RejectionCode.CUSTOM_PRICE] | None:
        """The prices of this cycle to which a switch moves the items: each to the price of its own pair.

        `custom_price` when a price has no pair; None when a price of a pair is not at Stripe.
        """
        offers = {seat_type: self.catalogue.offer(seat_type) for seat_type in items}
        pairs = {seat_type: offers[seat_type].pair_of(item.lookup_key) for seat_type, item in items.items()}
        keys = {seat_type: pair.lookup_key(cycle) for seat_type, pair in pairs.items() if pair is not None}
        if len(keys) < len(pairs):
            return RejectionCode.CUSTOM_PRICE
        sold = await self.of_cycle(cycle, now)
        kept = [key for seat_type, key in keys.items() if key != offers[seat_type].lookup_key(cycle)]
        held = await self.client.prices(kept) if kept else {}
        if sold is None or any(key not in held for key in kept):
            return None
        return {seat_type: held.get(key, sold[seat_type]) for seat_type, key in keys.items()}


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
