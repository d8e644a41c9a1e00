"""A database with every service's role, schema and tables."""

from pathlib import Path

import services
from chassis.postgres import migrate
from contracts.vocabulary import Service
from tests.support.one_service import PASSWORD

HOME = Path(services.__file__).parent


async def migrate_all(url: str) -> None:
    """Migrate all services there are, under the tests' password."""
    there = [service for service in Service if (HOME / service.value / "schema").is_dir()]
    schemas = {service: HOME / service.value / "schema" for service in there}
    await migrate(url, schemas, dict.fromkeys(there, PASSWORD))
