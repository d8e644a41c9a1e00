"""A database with every service's role, schema, and tables."""

from pathlib import Path

import services
from contracts.vocabulary import Service
from services.cli.store_migrations import migrate
from tests.support.databases import with_quick_passwords
from tests.support.one_service import PASSWORD

HOME = Path(services.__file__).parent


async def migrate_all(url: str) -> None:
    """Migrate every service that has a schema. The tests' password opens every role."""
    migrated = [service for service in Service if (HOME / service.value / "schema").is_dir()]
    schemas = {service: HOME / service.value / "schema" for service in migrated}
    await migrate(with_quick_passwords(url), schemas, dict.fromkeys(migrated, PASSWORD))
