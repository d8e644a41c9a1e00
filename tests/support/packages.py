"""The packages of the repository, from the lowest layer up; pyproject.toml says which may import which."""

GENERIC = ("telemetry", "webserver", "database", "transport", "chassis", "hosting")
"""The packages that know no word of the product."""
SHIPPED = ("contracts", *GENERIC, "services")
"""What an image holds."""
SOURCE = (*SHIPPED, "deploy")
"""All that is no test and no bench."""
