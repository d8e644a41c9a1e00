"""The commands: run a service, prepare what it stands on, and operate it. One file for each group of them."""

from __future__ import annotations

import typer

from services.cli import (
    agency,
    asyncapi,
    catalogue,
    deferred,
    operation,
    prepare,
    refused,
    replay,
    restored,
    run,
    status,
    stripe,
    tasks,
)

app = typer.Typer(
    name="headcount",
    help="Seats for clinics: who may be Active, what is bought at Stripe, and who is informed.\n\n"
    "Settings are read from the environment: HEADCOUNT_POSTGRES, HEADCOUNT_KAFKA and what a service adds. A missing or "
    "wrong one ends the command with a sentence that names it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(run.run)
app.command()(status.status)
app.command()(prepare.migrate)
app.command()(prepare.provision)
app.command()(prepare.acls)
app.command()(replay.replay)
app.command()(restored.restored)
app.command()(asyncapi.asyncapi)
app.command()(deferred.parked)
app.add_typer(deferred.commands, name="deferred")
app.add_typer(refused.commands, name="refused")
app.add_typer(tasks.commands, name="tasks")
app.add_typer(operation.commands, name="operation")
app.add_typer(stripe.commands, name="stripe")
app.add_typer(catalogue.commands, name="catalogue")
app.add_typer(agency.commands, name="agency")
