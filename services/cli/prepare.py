"""`headcount migrate` and `headcount provision`: the schemas and the topics that the services stand on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from contracts.vocabulary import Service
from services.cli.environment import fail, kafka_access, saying_why_kafka_fails, setting

SERVICES = Path(__file__).parents[1]


def migrate() -> None:
    """Bring every service's roles, schema and tables up to date. Running it again does nothing.

    The exit code is 1 if a table stays locked for a minute and a half: that service is as it was, so run it again.
    HEADCOUNT_POSTGRES is the address of a user that may make roles and schemas; HEADCOUNT_PASSWORD_MEMBERS and so on
    are the passwords that the services' roles get.
    """
    from services.cli.store_migrations import ChangedMigrationError, LockedError
    from services.cli.store_migrations import migrate as migrate_schemas

    schemas = {service: SERVICES / service.value / "schema" for service in Service}
    passwords = {service: setting(f"PASSWORD_{service.upper()}") for service in Service}
    try:
        done = asyncio.run(migrate_schemas(setting("POSTGRES"), schemas, passwords))
    except ChangedMigrationError as why:
        fail(str(why))
    except LockedError as why:
        fail(str(why), 1)
    for line in done or ["Nothing to do: every schema is up to date."]:
        typer.echo(line)


def provision(
    replication: Annotated[int, typer.Option(help="Copies of each partition; 3 in production.", min=1)] = 1,
) -> None:
    """Make the topics that are missing (24 partitions, 7 days of retention), and set right the settings of others.

    A topic with another number of partitions or copies is named, and the command fails with exit code 1.
    """
    from contracts.topics import PARTITIONS, RETENTION_MS, TOPICS
    from services.cli.topics import provision as provision_topics

    topics = [topic.name for topic in TOPICS]
    provisioning = provision_topics(
        kafka_access(), topics, partitions=PARTITIONS, replication=replication, retention_ms=RETENTION_MS
    )
    with saying_why_kafka_fails("Run this again."):
        done = asyncio.run(provisioning)
    changed = [*(f"{name}: made" for name in done.made), *done.repaired]
    for line in changed or (["Nothing to do: every topic is there."] if not done.differing else []):
        typer.echo(line)
    for line in done.differing:
        typer.echo(line, err=True)
    if done.differing:
        raise typer.Exit(1)


def acls(
    principal: Annotated[
        str, typer.Option(help="A service's principal; with certificates for example User:CN={service}.")
    ] = "User:{service}",
    operator: Annotated[str, typer.Option(help="The principal of the operator's commands.")] = "User:operator",
) -> None:
    """Print what each service may do at the broker, as calls of kafka-acls.sh; it changes nothing.

    A service may read the topics that it subscribes to, write those that it publishes to, and use its own group. Set
    KAFKA to the bootstrap servers and CONFIG to the properties file of an administrator, and run what is printed.
    """
    from services.cli.access_lists import as_commands, grants

    for line in as_commands(grants(principal, operator)):
        typer.echo(line)
