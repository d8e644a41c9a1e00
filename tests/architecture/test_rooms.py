"""Every file stands in a room that has a name, so that no `utils.py` can grow."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.packages import SOURCE

REPOSITORY = Path(__file__).resolve().parents[2]
SERVICES = ("members", "seats", "billing", "notifier", "gateway")

# The rooms of a service. To add one, name it here and say what lives in it.
FILES = {
    "__init__.py",  # one sentence: whose job this service is
    "README.md",  # Owns, Does not own, Subscribes, Publishes, Invariants
    "app.py",  # the composition root
    "settings.py",  # what this service is told beyond the chassis's settings
    "handlers.py",  # one short function for each message that the service handles
    "store.py",  # every SQL statement
    "state.py",  # what it knows of an agency while it decides
    "tasks.py",  # what it does in the outside world
    "projection.py",  # events into a read model
}
FILES_OF = {
    # The handlers about invitations, which share how somebody becomes Invited, those about wrong details, and those
    # about Blocked members for whom an admin buys seats.
    "members": {
        "agencies.py",  # the handlers about an agency itself
        "baa_job.py",  # the job that asks agencies to sign a new version of the BAA
        "invitations.py",
        "corrections.py",
        "letting_in.py",
        "requests.py",  # the handlers of requests that an admin approves or declines
        "removing.py",
        "moving_line.py",  # the setting that free seats go to Blocked members, and the step after each freed seat
        "store_needs.py",  # which rows a message needs
        "store_rows.py",  # what a row means
    },
    "seats": {
        "waiting_line.py",  # the steps that several handlers share: serve the line, buy for it
        "store_gauges.py",  # the gauges of who waits
        "store_ledgers.py",  # the statements about ledgers
        "store_needs.py",  # which rows a message needs
        "capacity_checks.py",  # the handlers of first logins, accepted invitations and undone removals
        "swaps.py",  # the handlers of swaps and exchanges
        "simulations.py",  # the handler of a dry run
        "purchases.py",  # the handlers of purchases and admins' changes
        "payments.py",  # the handlers of retries, debts, cards and disputes
        "reductions.py",  # the handlers of a reduction that waits for the renewal
        "policies.py",  # the handlers of the Auto-Add switch and of the policies
        "limits.py",  # the handlers of Auto-Add's limits, and of the prices that count in them
    },
    "notifier": {
        "store_needs.py",  # which rows a message needs
        "store_erasures.py",  # the statements that end the mails to an erased person
        "mail_tasks.py",  # the tasks that send mail
        "mailing.py",  # how a mail is recorded, which several handlers do alike
        "billing_mails.py",  # the handlers of money's news
        "reduction_mails.py",  # the handlers of a reduction that waits for the renewal
        "external_change_mails.py",  # the handlers of edits at Stripe, which share one mail
        "sign_in_mails.py",  # the handlers about codes, wrong codes and new browsers
        "member_mails.py",  # the handlers about people
        "invitation_mails.py",  # the handler of an invitation, and the end of its mail
        "blocked_digest.py",  # the digest of the clinicians who were Blocked
        "mail_results.py",  # what follows when a mail was sent, or never will be
        "parked.py",  # the operator's mail about an agency that a service holds back
    },
    "billing": {
        "catalogue.py",  # the file of prices, read and checked
        "catalogue_prices.py",  # its prices at Stripe: looked up in a currency, and created
        "contract_mapping.py",  # from what was read at Stripe to the types of the contracts
        "old_quotes.py",  # the job that forgets quotes
        "drift.py",  # the jobs that find changes whose webhook never arrived
        "incidents.py",  # what must not happen at Stripe, reported when it does
        "awaited_payments.py",  # a change whose invoice is not paid, which quantities and the readings share
        "confirmed_update.py",  # the update of both items that waits for the bank's confirmation
        "invoice_collection.py",  # the payment of one invoice, which settlement and owed share
        "item_update.py",  # the update of both items, which quantities and cycle share
        "items_unchanged.py",  # an update of both items that was not sent, and its rejection
        "undone.py",  # the events with which an undoing ends the commands behind it
        "unpaid_invoices.py",  # what is owed, and what the bank is paying
        "record_update.py",  # what is recorded and published of it
        "quote_of_previews.py",  # what a quote says, which its operation makes and the store reads back
        "publish_changes.py",  # what every operation publishes of what it read at Stripe
        "store_drift.py",  # the statements about the account at Stripe as a whole
        "store_invoices.py",  # the statements about invoices
        "store_quotes.py",  # the statements about quotes
        "with_retry.py",  # from a failed call to a task's result or a later attempt
    },
}
FOLDERS = {
    "schema": {".sql", ".py"},
    "domain": {".py"},
}
FOLDERS_OF = {
    "billing": {
        "clients": {".py"},
        "operations": {".py"},  # one file per operation, from its command to its result
    },
    "notifier": {
        "clients": {".py"},  # the SMTP client
        "mails": {".py"},  # the mails as values, and their rendering
        "texts": {".py"},  # phrases that several mails share
        "templates": {".html", ".txt"},
    },
    "gateway": {
        "store": {".py"},  # every SQL statement, one file per concern
        "model": {".py"},  # the values that pass between the layers
        "projection": {".py"},  # from events to the read model and the activity log
        "texts": {".py", ".md"},  # every sentence that a person reads, each in one place
        "api": {".py"},
        "assets": {".json", ".mjs", ".css", ""},  # what the pages' style sheet and script are made from; "": .npmrc
        "application": {".py"},  # what a request does, between HTTP and the store
        "legal": {".md", ".txt", ".py"},  # texts that people sign
        "pages": {".py"},
        "templates": {".html", ".j2", ".txt"},
        "static": {".css", ".js", ".svg", ".png", ".ico", ".woff2", ".txt"},
    },
}
BESIDE_THE_SERVICES = {"__init__.py", "py.typed", "cli"}
TOP = {*SOURCE, "tests", "bench", "docs", "requirements", ".ci"}
LONGEST_FILE = 300
LONGEST_CHASSIS = 2600
# The contracts that are plain Python, so that a rule may import them.
PLAIN_CONTRACTS = (
    "contracts.vocabulary",
    "contracts.payment_vocabulary",
    "contracts.decline_reasons",
    "contracts.personal",
    "contracts.policy_vocabulary",
    "contracts.baa",
    "contracts.rejections",
    "contracts.rejection_base",
    "contracts.request_rejections",
    "contracts.member_rejections",
    "contracts.seat_rejections",
    "contracts.billing_rejections",
    "contracts.below_active",
    "contracts.wording",
)


def source_files(folder: Path) -> Iterator[Path]:
    """The files a person wrote."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not {"__pycache__", "node_modules", "made"} & set(path.parts):
            yield path


def room_of(path: Path, service: str) -> bool:
    """Whether a service's file stands in one of its rooms."""
    relative = path.relative_to(REPOSITORY / "services" / service)
    if len(relative.parts) == 1:
        return relative.name in FILES | FILES_OF.get(service, set())
    endings = (FOLDERS | FOLDERS_OF.get(service, {})).get(relative.parts[0])
    return endings is not None and relative.suffix in endings and relative.stem not in {"utils", "helpers", "common"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_file_of_a_service_stands_in_one_of_its_rooms(service: str) -> None:
    strays = [path for path in source_files(REPOSITORY / "services" / service) if not room_of(path, service)]
    assert not strays


def test_beside_the_services_there_is_only_the_command_line() -> None:
    beside = {path.name for path in (REPOSITORY / "services").iterdir()} - {"__pycache__"}
    assert beside <= BESIDE_THE_SERVICES | set(SERVICES)


def test_python_lives_only_in_the_known_packages() -> None:
    strays = [
        folder.name
        for folder in REPOSITORY.iterdir()
        if folder.is_dir() and folder.name not in TOP and not folder.name.startswith(".") and any(folder.rglob("*.py"))
    ]
    assert not strays
    assert not list(REPOSITORY.glob("*.py"))


@pytest.mark.parametrize("package", SOURCE)
def test_no_file_is_too_long_to_read_at_one_sitting(package: str) -> None:
    files = [path for path in source_files(REPOSITORY / package) if path.suffix == ".py"]
    lengths = {str(path.relative_to(REPOSITORY)): len(path.read_text().splitlines()) for path in files}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_the_chassis_stays_small() -> None:
    files = [path for path in source_files(REPOSITORY / "chassis") if path.suffix == ".py"]
    assert sum(len(path.read_text().splitlines()) for path in files) <= LONGEST_CHASSIS


@pytest.mark.parametrize("service", SERVICES)
def test_the_migrations_of_a_service_are_numbered_without_a_gap(service: str) -> None:
    names = sorted(path.name for path in (REPOSITORY / "services" / service / "schema").glob("*.sql"))
    assert [name.partition("_")[0] for name in names] == [f"{number:03}" for number in range(1, len(names) + 1)]


@pytest.mark.parametrize("service", SERVICES)
def test_a_readme_has_the_five_sections_about_its_service(service: str) -> None:
    text = (REPOSITORY / "services" / service / "README.md").read_text().lower()
    headings = ("owns", "does not own", "subscribes", "publishes", "invariants")
    assert [heading for heading in headings if not re.search(rf"^(\*\*|#+ ){heading}", text, re.MULTILINE)] == []


def imports_of(path: Path) -> Iterator[str]:
    """The full names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names):
                yield from (f"{module}.{alias.name}" for alias in names)
            case _:
                pass


def python_of(*packages: str) -> list[Path]:
    """The Python files of some packages."""
    return [path for package in packages for path in source_files(REPOSITORY / package) if path.suffix == ".py"]


def test_a_rule_imports_only_the_vocabulary_the_standard_library_and_its_sibling_rules() -> None:
    strangers = []
    for service in SERVICES:
        allowed = (*PLAIN_CONTRACTS, f"services.{service}.domain")
        for path in python_of(f"services/{service}/domain"):
            strangers += [
                f"{path.name} imports {name}"
                for name in imports_of(path)
                if not name.startswith(allowed) and name.split(".")[0] not in sys.stdlib_module_names
            ]
    assert not strangers


@pytest.mark.parametrize("module", PLAIN_CONTRACTS)
def test_the_contracts_that_rules_import_need_only_the_standard_library_and_each_other(module: str) -> None:
    imported = imports_of(REPOSITORY / f"{module.replace('.', '/')}.py")
    strangers = [name for name in imported if name.split(".")[0] not in sys.stdlib_module_names]
    assert [name for name in strangers if not name.startswith(PLAIN_CONTRACTS)] == []


def test_stripe_is_imported_only_by_the_client_of_billing() -> None:
    home = REPOSITORY / "services" / "billing" / "clients"
    strays = [
        path
        for path in python_of(*SOURCE)
        if "stripe" in {name.split(".")[0] for name in imports_of(path)} and home not in path.parents
    ]
    assert not strays


def test_sql_is_written_only_in_the_stores() -> None:
    statement = re.compile(r"\b(SELECT .+ FROM|INSERT INTO|UPDATE .+ SET|DELETE FROM)\b", re.DOTALL)
    strays = [
        path
        for path in python_of("services")
        if not (path.name.startswith("store") or path.parent.name == "store")
        and any(statement.search(text) for text in texts_of(path))
    ]
    assert not strays


def texts_of(path: Path) -> Iterator[str]:
    """The strings of a file, its docstrings included."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
