"""Billing's composition root: the only place that reads its settings and builds its real clients."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.actor import Definition
from contracts.billing import BillingAgencyParked, BillingAgencyResumed, BillingCommandRejected
from contracts.vocabulary import Service
from hosting.sealing import Sealing
from hosting.settings import KeyList, ServiceSettings
from services.billing import handlers
from services.billing.catalogue import Catalogue, CatalogueError, read_catalogue
from services.billing.clients.stripe import Paces, Patience, StripeApi
from services.billing.domain.account import Agency
from services.billing.drift import Drift
from services.billing.old_quotes import FORGET_QUOTES
from services.billing.store import BillingStore

SCHEMA = Path(__file__).with_name("schema")
"""The migrations of billing's tables."""
PORTAL_RETURNS_TO = "/admin/agency/billing"
"""The page from which people open Stripe's portal, and to which it leads back."""
_DRIFT = "drift"
"""The lane of the jobs' calls to Stripe. The lanes of tasks are named in `tasks.py` and `operations/`."""


def _web_address(address: str) -> str:
    if not address.startswith(("http://", "https://")):
        raise ValueError("must read https://host or http://host:port")
    return address.rstrip("/")


def _readable(path: Path) -> Path:
    try:
        read_catalogue(path)
    except CatalogueError as error:
        raise ValueError(str(error)) from error
    return path


WebAddress = Annotated[str, AfterValidator(_web_address)]


class StripeSettings(BaseSettings):
    """How to reach Stripe; the settings of every program that calls it."""

    model_config = SettingsConfigDict(env_prefix="HEADCOUNT_", extra="ignore", populate_by_name=True)

    stripe_api_key: SecretStr = Field(
        min_length=1,
        validation_alias=AliasChoices("STRIPE_API_KEY", "HEADCOUNT_STRIPE_API_KEY"),
    )
    """Stripe's secret key."""
    stripe_base: WebAddress | None = None
    """The address of a substitute for Stripe's API. Unset: Stripe itself."""
    stripe_connect_timeout: float = Field(default=5.0, gt=0)
    """Seconds until a connection to Stripe counts as failed."""
    stripe_read_timeout: float = Field(default=80.0, gt=0)
    """Seconds until a call without an answer counts as failed; Stripe itself may take 80."""
    stripe_per_second: float = Field(default=90.0, ge=1)
    """One process's calls to Stripe a second at most. Stripe allows an account 100, and 25 in a sandbox."""
    stripe_per_endpoint: float = Field(default=22.0, ge=1)
    """One process's calls a second to one of Stripe's endpoints at most. Stripe allows 25."""
    catalogue: Annotated[Path, AfterValidator(_readable)] = Path("deploy/catalogue.toml")
    """The file of prices. A program with an invalid one does not start."""

    def stripe(self) -> StripeApi:
        """The client for the real Stripe, or for its substitute."""
        return StripeApi(
            self.stripe_api_key.get_secret_value(),
            self.stripe_base,
            Patience(self.stripe_connect_timeout, self.stripe_read_timeout),
            Paces(self.stripe_per_second, self.stripe_per_endpoint),
        )


class Settings(StripeSettings, ServiceSettings):
    """The settings of billing beyond those of every service."""

    loggable = frozenset({"stripe_code"})
    public_url: WebAddress
    """The product's address; Stripe's portal leads back there."""
    sealing_keys: KeyList
    """The keys that seal the portal's address on the bus."""
    events_every: float = Field(default=60.0, ge=1)
    """Seconds between two readings of Stripe's list of events, which finds events whose webhook did not arrive."""
    sweep_hour: int = Field(default=3, ge=0, le=23)
    """The hour (UTC) at which the nightly comparison of all subscriptions starts."""


def definition(
    stripe: StripeApi,
    catalogue: Catalogue,
    sealing: Sealing,
    public_url: str,
    rng: Random | None = None,
    drift: Drift | None = None,
) -> Definition[Agency]:
    """Billing as the chassis runs it, with this Stripe client."""
    return Definition(
        service=Service.BILLING,
        store=BillingStore(),
        handlers=handlers.HANDLERS,
        rejection=BillingCommandRejected,
        parked=BillingAgencyParked,
        resumed=BillingAgencyResumed,
        task_handlers=handlers.task_handlers(
            stripe, catalogue, sealing, public_url + PORTAL_RETURNS_TO, rng or Random()
        ),
        external=handlers.EXTERNAL,
        jobs=(*(drift or Drift(stripe)).jobs(), FORGET_QUOTES),
    )


def build(settings: Settings) -> Definition[Agency]:
    """Billing with the Stripe client that the settings describe."""
    stripe = settings.stripe()
    return definition(
        stripe,
        read_catalogue(settings.catalogue),
        Sealing(settings.sealing_keys),
        settings.public_url,
        drift=Drift(stripe.on(_DRIFT), settings.events_every, settings.sweep_hour),
    )
