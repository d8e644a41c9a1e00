"""The command line: run a service, prepare what it stands on, and look after what was deferred."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn
from uuid import UUID

import typer

from chassis.settings import read_settings, with_role
from contracts.vocabulary import SeatType, Service

HOME = Path(__file__).parent

app = typer.Typer(
    name="headcount",
    help="Seats for clinics: who may be Active, what is bought at Stripe, and who is told.\n\n"
    "Settings are read from the environment: HEADCOUNT_POSTGRES, HEADCOUNT_KAFKA and what a service adds. A missing or "
    "wrong one ends the command with a sentence that names it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
parked = typer.Typer(
    help="Messages that were deferred: look at them, resume a parked agency, dismiss what will never be decided.",
    no_args_is_help=True,
)
app.add_typer(parked, name="parked")
catalogue = typer.Typer(help="What is sold, and for how much.", no_args_is_help=True)
app.add_typer(catalogue, name="catalogue")
agency = typer.Typer(
    help="What the operator does for an agency, over the running gateway: HEADCOUNT_PUBLIC_URL says where it is, and"
    " HEADCOUNT_OPERATOR_KEY opens it.",
    no_args_is_help=True,
)
app.add_typer(agency, name="agency")

ServiceName = Annotated[Service, typer.Argument(help="members, seats, billing, notifier or gateway.")]


@app.command()
def run(service: ServiceName) -> None:
    """Run one service until SIGTERM or Ctrl-C.

    It needs HEADCOUNT_POSTGRES (postgresql://host:port/database), HEADCOUNT_PASSWORD (its own role's) and
    HEADCOUNT_KAFKA (host:port). /livez, /readyz and /metrics are served on HEADCOUNT_HOST and HEADCOUNT_PORT.
    """
    from chassis.process import run_process

    module = importlib.import_module(f"services.{service}.app")
    settings = read_settings(module.Settings)
    run_process(lambda: module.build(settings), settings, getattr(module, "http", None))


@app.command()
def migrate() -> None:
    """Bring every service's role, schema and tables up to date. Running it again does nothing.

    HEADCOUNT_POSTGRES is the address of a user that may make roles and schemas; HEADCOUNT_PASSWORD_MEMBERS and so on
    are the passwords that the services' roles get.
    """
    from chassis.postgres import migrate as migrate_schemas

    schemas = {service: HOME / service.value / "schema" for service in Service}
    passwords = {service: _setting(f"PASSWORD_{service.upper()}") for service in Service}
    done = asyncio.run(migrate_schemas(_setting("POSTGRES"), schemas, passwords))
    for line in done or ["Nothing to do: every schema is up to date."]:
        typer.echo(line)


@app.command()
def provision(
    replication: Annotated[int, typer.Option(help="Copies of each partition; 3 in production.", min=1)] = 1,
) -> None:
    """Make the topics that are missing: 24 partitions, seven days of retention. Existing ones stay as they are."""
    from chassis.bus import provision as provision_topics
    from contracts.topics import PARTITIONS, RETENTION_MS, TOPICS

    made = asyncio.run(
        provision_topics(
            _setting("KAFKA"),
            [topic.name for topic in TOPICS],
            partitions=PARTITIONS,
            replication=replication,
            retention_ms=RETENTION_MS,
        ),
    )
    for line in made or ["Nothing to do: every topic is there."]:
        typer.echo(line)


@catalogue.command("push")
def catalogue_push() -> None:
    """Make Stripe hold the products and prices of the catalogue file. Running it again does nothing.

    A price that differs from the file is never changed: agencies may pay it. It is named, and the command fails.
    """
    from services.billing.app import StripeSettings
    from services.billing.catalogue import SyncReport, read_catalogue, sync

    settings = read_settings(StripeSettings)

    async def run_sync() -> SyncReport:
        client = settings.stripe()
        try:
            return await sync(client, read_catalogue(settings.catalogue))
        finally:
            await client.close()

    report = asyncio.run(run_sync())
    for name in report.created:
        typer.echo(f"{name}: made")
    if report.is_true and not report.created:
        typer.echo("Nothing to do: Stripe holds the catalogue.")
    for sentence in report.differing:
        typer.echo(sentence, err=True)
    if not report.is_true:
        raise typer.Exit(1)


@app.command()
def replay(
    service: Annotated[
        Service | None, typer.Argument(help="Only what this one said: members, seats, billing, notifier or gateway.")
    ] = None,
    agency: Annotated[list[UUID] | None, typer.Option(help="Only this agency's messages; may be repeated.")] = None,
    to: Annotated[Service | None, typer.Option("--to", help="Only what this one needs, whose schema is empty.")] = None,
) -> None:
    """Have everything that was ever said published again, oldest first, from the services' outboxes.

    For a bus that lost its data. Whoever has heard a message drops it by its number, so nothing happens twice: nobody
    is mailed and nothing is charged again. What somebody missed is decided now, in order.

    With --to gateway: for a gateway whose database is lost. Stop it, make its schema anew (headcount migrate), run
    this, start it. It finds the numbers that the gateway gave, so HEADCOUNT_KAFKA is needed too, and has the events of
    which its read model is made sent again. Sessions, API keys and links that were in no event are gone.
    """
    if to is not None:
        _replay_to(to, alone=service is None and not agency)
        return
    from chassis.commands import replay as replay_outbox

    for one in [service] if service is not None else list(Service):
        count = asyncio.run(replay_outbox(_dsn(one), one, agency or []))
        typer.echo(f"{one}: {count} messages will be published again.")


def _replay_to(service: Service, *, alone: bool) -> None:
    from aiokafka.errors import KafkaError

    from chassis.commands import replay_to
    from chassis.rebuilding import NotLostError
    from services.gateway.app import definition

    if service is not Service.GATEWAY:
        _fail(
            f"{service} decides, so what it knew is in nobody's events: restore its database from a backup."
            " Only the gateway is made of what others say."
        )
    if not alone:
        _fail("--to takes neither a service beside it nor an agency: it needs everything.")
    dsns = {one: _dsn(one) for one in Service}
    try:
        sent = asyncio.run(replay_to(dsns, _setting("KAFKA"), service, definition().topics))
    except NotLostError as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from None
    except KafkaError as away:
        typer.echo(f"Kafka does not answer ({type(away).__name__}), and only the bus knows the last numbers.", err=True)
        raise typer.Exit(1) from None
    for other, count in sent.items():
        typer.echo(f"{other}: {count} messages will be published again.")
    typer.echo(f"Start {service} now.")


@app.command()
def asyncapi() -> None:
    """Print the bus as AsyncAPI 3: every topic, every message, every field."""
    from services.asyncapi import describe

    typer.echo(describe())


@agency.callback()
def agency_commands() -> None:
    """Keeps `add-admin` a command of its own, also while it is the only one."""


@agency.command("add-admin")
def agency_add_admin(
    agency_id: Annotated[UUID, typer.Option("--agency", help="The agency's id.")],
    email: Annotated[str, typer.Option(help="The address of the new admin, on any mail domain.")],
    name: Annotated[str, typer.Option(help="Their name.")],
    seat_type: Annotated[SeatType, typer.Option(help="The seat they are invited to: an admin holds one.")] = (
        SeatType.BASE
    ),
) -> None:
    """Give an agency an admin, when its only one is gone for good.

    Find out first, by a way that they cannot forge, that who asks speaks for the agency: an admin sees all of its
    people and spends its money. An Active member becomes an admin at once. Anybody else is invited as one, which needs
    a free seat. The agency's activity log shows that it was the operator.

    Prints what happened, or why not (exit code 1). It needs HEADCOUNT_PUBLIC_URL and HEADCOUNT_OPERATOR_KEY.
    """
    from services.operator_calls import NewAdmin, NotDoneError, add_admin

    admin = NewAdmin(agency_id, email, name, seat_type.value)
    try:
        typer.echo(add_admin(_setting("PUBLIC_URL"), _setting("OPERATOR_KEY"), admin))
    except NotDoneError as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from None


@parked.command("list")
def parked_list(service: ServiceName) -> None:
    """List what a service has deferred, oldest first.

    ahead: its cause has not arrived yet. gap: an earlier number is missing. Both take themselves up.
    parked: an event failed, and its agency waits for `resume`. refused: a command failed; its sender was told.
    unreadable: no agency could be read from it.
    """
    from chassis.commands import list_deferred

    rows = asyncio.run(list_deferred(_dsn(service), service))
    if not rows:
        typer.echo("Nothing is deferred.")
    for row in rows:
        typer.echo(
            f"{row.id}  {row.at:%Y-%m-%d %H:%M:%S}  {row.kind}  {row.agency_id or '-'}  {row.type or '-'}  {row.reason}"
        )


@parked.command("show")
def parked_show(service: ServiceName, number: Annotated[int, typer.Argument(help="The number in the list.")]) -> None:
    """Show one message whole: where it was read, its headers and its data. It may hold a person's data."""
    from chassis.commands import show_deferred

    row = asyncio.run(show_deferred(_dsn(service), service, number))
    if row is None:
        _fail(f"{service} has no message {number} deferred.")
    typer.echo(f"{row.kind}: {row.reason}")
    typer.echo(
        f"{row.record.topic}, partition {row.record.partition}, offset {row.record.offset}, key {row.record.key!r}"
    )
    for name, value in row.record.headers:
        typer.echo(f"{name}: {(value or b'').decode(errors='replace')}")
    typer.echo((row.record.value or b"").decode(errors="replace"))


@parked.command("resume")
def parked_resume(
    service: ServiceName,
    agency: Annotated[list[UUID] | None, typer.Option(help="Only this agency; may be repeated.")] = None,
) -> None:
    """Take parked agencies up again, in order. One whose event still fails is parked again, and the command fails."""
    from chassis.commands import resume
    from chassis.telemetry import configure_logging

    module = importlib.import_module(f"services.{service}.app")
    settings = read_settings(module.Settings)
    configure_logging(settings.log_level)  # it decides as the service does: what it logs is as the service's
    definition = module.build(settings)
    results = asyncio.run(resume(_dsn(service), definition, agency or []))
    for agency_id, caught_up in results.items():
        typer.echo(f"{agency_id}: {'caught up' if caught_up else 'parked again'}")
    if not results:
        typer.echo("No agency is parked.")
    if not all(results.values()):
        raise typer.Exit(1)


@parked.command("dismiss")
def parked_dismiss(
    service: ServiceName, number: Annotated[int, typer.Argument(help="The number in the list.")]
) -> None:
    """Forget a refused or unreadable message after it was looked at. One that waits to be taken up is never dropped."""
    from chassis.commands import dismiss_deferred

    if not asyncio.run(dismiss_deferred(_dsn(service), service, number)):
        _fail(f"{service} has no message {number} that may be dismissed.")
    typer.echo("Dismissed.")


def _dsn(service: Service) -> str:
    password = os.environ.get("HEADCOUNT_PASSWORD") or _setting(f"PASSWORD_{service.upper()}")
    return with_role(_setting("POSTGRES"), service.value, password)


def _setting(name: str) -> str:
    value = os.environ.get(f"HEADCOUNT_{name}")
    if not value:
        _fail(f"Setting HEADCOUNT_{name}: is not set.")
    return value


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    sys.exit(2)


def main() -> None:
    """The entry point."""
    app()
