"""Billing's one table names a handler for every command, every operation and every task."""

from pathlib import Path
from random import Random

from cryptography.fernet import Fernet

from contracts import billing
from contracts.message import Command
from hosting.sealing import Sealing
from services.billing.catalogue import read_catalogue
from services.billing.clients.stripe import StripeApi
from services.billing.domain.operation import OperationKind
from services.billing.handlers import HANDLERS, task_handlers
from tests.support.stripe_side import CATALOGUE

OPERATIONS = Path(__file__).parents[3] / "services" / "billing" / "operations"


def test_every_command_to_billing_has_a_handler() -> None:
    commands = {
        message for message in vars(billing).values() if isinstance(message, type) and issubclass(message, Command)
    }
    assert commands - {Command} - HANDLERS.keys() == set()


async def test_every_kind_of_operation_has_a_task_and_every_file_a_handler() -> None:
    sealing = Sealing([Fernet.generate_key().decode()])
    handlers = task_handlers(StripeApi("sk_test_of_a_test"), read_catalogue(CATALOGUE), sealing, "/", Random(1))
    assert set(OperationKind) - handlers.keys() == set()
    files = {f"services.billing.operations.{path.stem}" for path in OPERATIONS.glob("*.py") if path.stem != "__init__"}
    beside = {"services.billing.awaited_payments"}
    assert files | beside == {handler.record_result.__module__ for handler in handlers.values()}
