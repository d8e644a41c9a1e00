"""Who decides: five services that talk over the bus and in no other way."""
