"""The catalogue of prices: read from a file, checked, and made true at Stripe.

It is data: seat types, lookup keys and volume tiers by the month; what a year costs follows from the rule.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contracts.vocabulary import BillingCycle, SeatType
from services.billing.domain.annual_price import annual_price
from services.billing.domain.plan_total import Tier

_Key = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,100}$")]


class CatalogueError(ValueError):
    """The file is not there, or is no catalogue; the sentence says what is wrong with it."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MonthlyTier(_Strict):
    """Cents a seat and month, up to so many seats."""

    cents: int = Field(ge=1)
    up_to: int | None = Field(default=None, ge=1)


class Offer(_Strict):
    """What is sold under one seat type: the product's id and name at Stripe, its lookup keys, its tiers."""

    product: _Key
    name: str = Field(min_length=1)
    monthly: _Key
    annual: _Key
    tiers: tuple[MonthlyTier, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _tiers_ascend(self) -> Self:
        bounds = [tier.up_to for tier in self.tiers]
        if bounds[-1] is not None or None in bounds[:-1]:
            raise ValueError("the last tier, and only the last one, has no up_to")
        known = [bound for bound in bounds if bound is not None]
        if known != sorted(set(known)):
            raise ValueError("the tiers' up_to must ascend")
        return self

    def lookup_key(self, cycle: BillingCycle) -> str:
        """The key by which the price of this cycle is found at Stripe."""
        return self.monthly if cycle is BillingCycle.MONTHLY else self.annual

    def priced(self, cycle: BillingCycle) -> tuple[Tier, ...]:
        """The tiers of this cycle, in cents a seat and cycle."""
        return tuple(
            Tier(tier.up_to, Decimal(tier.cents if cycle is BillingCycle.MONTHLY else annual_price(tier.cents)))
            for tier in self.tiers
        )


class Catalogue(_Strict):
    """What is sold."""

    currency: Annotated[str, Field(pattern="^usd$")]
    base: Offer
    voice: Offer

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        keys = [price.lookup_key for price in self.prices()]
        if len(set(keys)) != len(keys) or self.base.product == self.voice.product:
            raise ValueError("each product and each price needs a key of its own")
        return self

    def offer(self, seat_type: SeatType) -> Offer:
        """What is sold under a seat type."""
        return self.base if seat_type is SeatType.BASE else self.voice

    def prices(self) -> Iterator[CataloguePrice]:
        """The four prices that Stripe must hold."""
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
    """One price as Stripe must hold it; tiers in cents a seat and cycle."""

    lookup_key: str
    product: str
    seat_type: SeatType
    cycle: BillingCycle
    currency: str
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class HeldPrice:
    """One price as Stripe holds it."""

    id: str
    product: str
    cycle: BillingCycle | None
    currency: str
    tiers: tuple[Tier, ...]

    def is_as(self, wanted: CataloguePrice) -> bool:
        """True when it charges what the catalogue says, for the product and the cycle that it says."""
        held = (self.product, self.cycle, self.currency, self.tiers)
        return held == (wanted.product, wanted.cycle, wanted.currency, wanted.tiers)


class PriceShelf(Protocol):
    """Where prices are held: Stripe."""

    async def prices(self, lookup_keys: list[str]) -> dict[str, HeldPrice]:
        """Those of the prices that are there, by lookup key."""
        ...

    async def ensure_product(self, product_id: str, name: str, seat_type: SeatType) -> bool:
        """Make the product unless it is there; True when it was made."""
        ...

    async def create_price(self, wanted: CataloguePrice) -> str:
        """Make a price; its id."""
        ...


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What `sync` did, by product id and lookup key; `differing` are sentences that say what to do."""

    created: tuple[str, ...]
    unchanged: tuple[str, ...]
    differing: tuple[str, ...]

    @property
    def is_true(self) -> bool:
        """True when Stripe holds the catalogue now."""
        return not self.differing


def read_catalogue(path: Path) -> Catalogue:
    """Read and check the file; CatalogueError says what is wrong."""
    try:
        return Catalogue.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as gone:
        raise CatalogueError(f"the catalogue {path} cannot be read: {gone.strerror}") from gone
    except tomllib.TOMLDecodeError as wrong:
        raise CatalogueError(f"the catalogue {path} is not TOML: {wrong}") from wrong
    except ValidationError as wrong:
        said = "; ".join(f"{'.'.join(str(at) for at in one['loc']) or 'all'}: {one['msg']}" for one in wrong.errors())
        raise CatalogueError(f"the catalogue {path} is wrong: {said}") from wrong


async def sync(client: PriceShelf, catalogue: Catalogue) -> SyncReport:
    """Make Stripe hold the catalogue: what is missing is made, what is there stays, what differs is reported.

    Running it again does nothing. A price at Stripe cannot be changed, and agencies may pay it: a differing one is
    never touched.
    """
    created: list[str] = []
    unchanged: list[str] = []
    differing: list[str] = []
    for seat_type in SeatType:
        offer = catalogue.offer(seat_type)
        made = await client.ensure_product(offer.product, offer.name, seat_type)
        (created if made else unchanged).append(offer.product)
    wanted = list(catalogue.prices())
    held = await client.prices([price.lookup_key for price in wanted])
    for price in wanted:
        there = held.get(price.lookup_key)
        if there is None:
            await client.create_price(price)
            created.append(price.lookup_key)
        elif there.is_as(price):
            unchanged.append(price.lookup_key)
        else:
            differing.append(
                f"{price.lookup_key}: Stripe's {there.id} charges something else. A price cannot be changed: "
                "give this one a new lookup key in the catalogue, or move the key away from the old price at Stripe.",
            )
    return SyncReport(tuple(created), tuple(unchanged), tuple(differing))
