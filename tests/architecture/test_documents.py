"""What the documents say of the code is so: settings, metrics, files, links."""

import importlib
import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from pydantic import AliasChoices
from pydantic_settings import BaseSettings

from contracts.vocabulary import Service

REPOSITORY = Path(__file__).resolve().parents[2]
OPERATIONS = REPOSITORY / "docs" / "operations.md"
DOCUMENTS = [
    REPOSITORY / "README.md",
    *sorted((REPOSITORY / "docs").rglob("*.md")),
    *(REPOSITORY / package / "README.md" for package in ("chassis", "contracts")),
    *sorted((REPOSITORY / "services").glob("*/README.md")),
]
# Read by commands, tests and the local world, not by a service.
BESIDE = {"HEADCOUNT_LOCAL", *(f"HEADCOUNT_PASSWORD_{service.upper()}" for service in Service)}


def settings_of(service: Service) -> type[BaseSettings]:
    """The settings class of a service."""
    kind: type[BaseSettings] = importlib.import_module(f"services.{service}.app").Settings
    return kind


def names_of(kind: type[BaseSettings]) -> set[str]:
    """The environment variables that a settings class reads."""
    names = set()
    for name, field in kind.model_fields.items():
        alias = field.validation_alias
        names |= (
            {str(one) for one in alias.choices} if isinstance(alias, AliasChoices) else {f"HEADCOUNT_{name.upper()}"}
        )
    return names


def test_the_operations_page_lists_every_setting_and_no_other() -> None:
    read = set().union(*(names_of(settings_of(service)) for service in Service))
    rows = [line.split("|")[1] for line in OPERATIONS.read_text().splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`((?:HEADCOUNT|STRIPE)_[A-Z_]+)`", row)}
    assert listed == read


def test_no_document_names_a_setting_that_nobody_reads() -> None:
    read = BESIDE.union(*(names_of(settings_of(service)) for service in Service), {"STRIPE_WEBHOOK_SECRET"})
    named = {
        name for path in DOCUMENTS for name in re.findall(r"`((?:HEADCOUNT|STRIPE)_[A-Z_]*[A-Z])`", path.read_text())
    }
    assert named <= read


def test_the_operations_page_lists_every_metric_and_no_other() -> None:
    for service in Service:
        importlib.import_module(f"services.{service}.app")
    kept = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("headcount_")}
    listed = {name.removesuffix("_total") for name in re.findall(r"\| `(headcount_\w+)", OPERATIONS.read_text())}
    assert listed == kept


def test_the_readme_of_the_chassis_lists_its_files() -> None:
    text = (REPOSITORY / "chassis" / "README.md").read_text()
    files = {path.name for path in (REPOSITORY / "chassis").glob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"^\| `(\w+\.py)`", text, re.MULTILINE)) == files


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_what_a_document_points_to_is_there(document: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", document.read_text()) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_decision_stands_in_the_list_with_its_line() -> None:
    folder = REPOSITORY / "docs" / "adr"
    listed = (folder / "README.md").read_text()
    for path in sorted(folder.glob("0*.md")):
        text = path.read_text()
        decision = re.search(r"^> (.+)$", text, re.MULTILINE)
        assert decision is not None
        assert f"]({path.name})" in listed
        assert decision.group(1) in listed
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "What would make us revisit it"]
