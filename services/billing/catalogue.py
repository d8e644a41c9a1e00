"""The catalogue of prices: read the file, and check it.

The file lists seat types, lookup keys and monthly volume tiers; annual prices follow from `domain/annual_price.py`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contracts.vocabulary import BillingCycle, SeatType
from services.billing.domain.annual_price import annual_price
from services.billing.domain.plan_total import Tier

_Key = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,100}$")]
_Currency = Annotated[str, Field(pattern=r"^[a-z]{3}$")]


class CatalogueError(ValueError):
    """The catalogue cannot be read or is invalid; the message says why."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MonthlyTier(_Strict):
    """The smallest unit of the currency (cents) per seat and month, up to this many seats."""

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


class Sale(PricePair):
    """One seat type as it is sold in one currency: its lookup keys, and its tiers."""

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

    def priced(self, cycle: BillingCycle) -> tuple[Tier, ...]:
        """The tiers of this cycle, in the currency's smallest unit per seat and cycle."""
        return tuple(
            Tier(tier.up_to, Decimal(tier.cents if cycle is BillingCycle.MONTHLY else annual_price(tier.cents)))
            for tier in self.tiers
        )


class Offer(Sale):
    """One seat type: the product's id and name at Stripe, and how it is sold in the catalogue's currency.

    `currencies` are further currencies in which it is sold. `kept` are the pairs of older and negotiated prices, which
    agencies keep. Both prices of a pair exist at Stripe.
    """

    product: _Key
    name: str = Field(min_length=1)
    kept: tuple[PricePair, ...] = ()
    currencies: Mapping[_Currency, Sale] = Field(default_factory=dict)

    def pair_of(self, lookup_key: str | None) -> PricePair | None:
        """The pair to which a price belongs; None for a negotiated price that the catalogue does not list."""
        pairs: tuple[PricePair, ...] = (self, *self.currencies.values(), *self.kept)
        return next((pair for pair in pairs if lookup_key is not None and pair.has(lookup_key)), None)

    def sold_in(self, currency: str) -> Sale:
        """How it is sold in this currency: without an entry, at the prices that may have it as an option at Stripe."""
        return self.currencies.get(currency, self)


class Catalogue(_Strict):
    """Both seat types as they are sold. New agencies pay in `currency`."""

    currency: _Currency
    base: Offer
    voice: Offer

    @model_validator(mode="after")
    def _currencies_agree(self) -> Self:
        listed = [{*self.offer(seat_type).currencies} for seat_type in SeatType]
        if any(currencies != listed[0] for currencies in listed) or self.currency in listed[0]:
            raise ValueError("each further currency needs an entry for both seat types")
        return self

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        kept = [pair for seat_type in SeatType for pair in self.offer(seat_type).kept]
        keys = [price.lookup_key for price in self.prices()]
        keys += [pair.lookup_key(cycle) for pair in kept for cycle in BillingCycle]
        if len(set(keys)) != len(keys) or self.base.product == self.voice.product:
            raise ValueError("each product and each price needs a key of its own")
        return self

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currency of new agencies, and the further ones."""
        return (self.currency, *self.base.currencies)

    def offer(self, seat_type: SeatType) -> Offer:
        """The offer of a seat type."""
        return self.base if seat_type is SeatType.BASE else self.voice

    def prices(self) -> Iterator[CataloguePrice]:
        """The prices that Stripe must have: four in each currency."""
        for seat_type, currency, cycle in product(SeatType, self.currencies, BillingCycle):
            offer = self.offer(seat_type)
            sold = offer.sold_in(currency)
            yield CataloguePrice(
                lookup_key=sold.lookup_key(cycle),
                product=offer.product,
                seat_type=seat_type,
                cycle=cycle,
                currency=currency,
                tiers=sold.priced(cycle),
            )


@dataclass(frozen=True, slots=True)
class CataloguePrice:
    """One price as Stripe must have it; tiers in the currency's smallest unit per seat and cycle."""

    lookup_key: str
    product: str
    seat_type: SeatType
    cycle: BillingCycle
    currency: str
    tiers: tuple[Tier, ...]


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
