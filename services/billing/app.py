"""Where billing is put together: the only place that reads its settings and picks its real clients."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.actor import Definition, ExternalTopic, TaskHandler
from chassis.sealing import Sealing
from chassis.settings import KeyList, ServiceSettings
from contracts.billing import BillingCommandRejected, StripeEvent
from contracts.topics import STRIPE_EVENTS
from contracts.vocabulary import STRIPE, Service
from services.billing import (
    handlers,
    handlers_cycle,
    handlers_news,
    handlers_owed,
    handlers_quantities,
    handlers_quotes,
    handlers_settling,
    tasks,
)
from services.billing.catalogue import Catalogue, CatalogueError, read_catalogue
from services.billing.clients.stripe import Paces, Patience, StripeApi
from services.billing.domain.account import Agency
from services.billing.drift import Drift
from services.billing.performers.changing import ChangePerformer
from services.billing.performers.news import NewsPerformer, gathered
from services.billing.performers.opening import OpenAccountPerformer
from services.billing.performers.portal import OpenPortalPerformer
from services.billing.performers.quoting import QuotePerformer
from services.billing.performers.settling import SettlePerformer
from services.billing.store import BillingStore, agencies_of

SCHEMA = Path(__file__).with_name("schema")
"""Billing's own tables."""
PORTAL_RETURNS_TO = "/admin/agency/billing"
"""The page from which the portal was opened."""
_DRIFT = "drift"
"""The lane of the jobs' calls; those of tasks are named as the tasks' lanes are."""


def _web_address(address: str) -> str:
    if not address.startswith(("http://", "https://")):
        raise ValueError("must read https://host or http://host:port")
    return address.rstrip("/")


def _readable(path: Path) -> Path:
    try:
        read_catalogue(path)
    except CatalogueError as wrong:
        raise ValueError(str(wrong)) from wrong
    return path


WebAddress = Annotated[str, AfterValidator(_web_address)]


class StripeSettings(BaseSettings):
    """How Stripe is reached: what a service or a command needs that calls it."""

    model_config = SettingsConfigDict(env_prefix="HEADCOUNT_", extra="ignore", populate_by_name=True)

    stripe_api_key: SecretStr = Field(
        min_length=1,
        validation_alias=AliasChoices("STRIPE_API_KEY", "HEADCOUNT_STRIPE_API_KEY"),
    )
    """Stripe's secret key."""
    stripe_base: WebAddress | None = None
    """Where Stripe's API is, when something stands in for it. Unset: Stripe itself."""
    stripe_connect_timeout: float = Field(default=5.0, gt=0)
    """Seconds until a connection to Stripe counts as failed."""
    stripe_read_timeout: float = Field(default=80.0, gt=0)
    """Seconds until a call without an answer counts as lost; Stripe itself may take 80."""
    stripe_per_second: float = Field(default=90.0, ge=1)
    """Calls to Stripe a second at most, of one process; Stripe takes 100 of an account, and 25 in a sandbox."""
    stripe_per_endpoint: float = Field(default=22.0, ge=1)
    """Of those, to one of Stripe's endpoints; it takes 25."""
    catalogue: Annotated[Path, AfterValidator(_readable)] = Path("deploy/catalogue.toml")
    """The file of prices."""

    def stripe(self) -> StripeApi:
        """The real client."""
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
    """Where people reach the product; Stripe's portal leads back there."""
    sealing_keys: KeyList
    """The keys that seal what is secret on the bus."""
    events_every: float = Field(default=60.0, ge=1)
    """Seconds between two looks at Stripe's list of events, for those that never came."""
    sweep_hour: int = Field(default=3, ge=0, le=23)
    """The hour of the night (UTC) from which on all subscriptions are looked at."""


def definition(
    stripe: StripeApi,
    catalogue: Catalogue,
    sealing: Sealing,
    public_url: str,
    rng: Random | None = None,
    drift: Drift | None = None,
) -> Definition[Agency]:
    """The service as the chassis sees it."""
    dice = rng or Random()
    money = stripe.on(tasks.MONEY)
    return Definition(
        service=Service.BILLING,
        store=BillingStore(),
        handlers=handlers.HANDLERS,
        rejection=BillingCommandRejected,
        task_handlers={
            tasks.OPEN_ACCOUNT: TaskHandler(
                tasks.OpenAccountTask,
                OpenAccountPerformer(money, catalogue, dice),
                handlers.settle_opening,
            ),
            tasks.SET_QUANTITIES: TaskHandler(
                tasks.ChangeTask,
                ChangePerformer(money, dice),
                handlers_quantities.settle_quantities,
            ),
            tasks.SWITCH_CYCLE: TaskHandler(
                tasks.ChangeTask,
                ChangePerformer(money, dice),
                handlers_cycle.settle_cycle,
            ),
            tasks.SETTLE: TaskHandler(
                tasks.SettleTask, SettlePerformer(money, dice), handlers_settling.settle_settlement
            ),
            tasks.PAY_OWED: TaskHandler(tasks.SettleTask, SettlePerformer(money, dice), handlers_owed.settle_owed),
            tasks.SETTLE_DUE: TaskHandler(tasks.SettleDue, gathered, handlers_settling.settle_due),
            tasks.QUOTE: TaskHandler(
                tasks.QuoteTask, QuotePerformer(stripe.on(tasks.QUOTE), catalogue), handlers_quotes.settle_quote
            ),
            tasks.NEWS: TaskHandler(
                tasks.ReadNews, NewsPerformer(stripe.on(tasks.NEWS), dice), handlers_news.settle_news
            ),
            tasks.CARD_NEWS: TaskHandler(tasks.CardNews, gathered, handlers_news.settle_card_news),
            tasks.OPEN_PORTAL: TaskHandler(
                tasks.OpenPortalTask,
                OpenPortalPerformer(stripe.on(tasks.PORTAL), sealing, public_url + PORTAL_RETURNS_TO),
                handlers.settle_portal,
            ),
        },
        external=ExternalTopic(
            topic=STRIPE_EVENTS,
            payload=StripeEvent,
            subject=lambda event: str(event.customer_id),
            find=agencies_of,
            handle=handlers_news.stripe_event,
            actor=STRIPE,
        ),
        jobs=(drift or Drift(stripe)).jobs(),
    )


def build(settings: Settings) -> Definition[Agency]:
    """The service with the real Stripe."""
    stripe = settings.stripe()
    return definition(
        stripe,
        read_catalogue(settings.catalogue),
        Sealing(settings.sealing_keys),
        settings.public_url,
        drift=Drift(stripe.on(_DRIFT), settings.events_every, settings.sweep_hour),
    )
