"""The five services, which talk over the bus and in no other way, and the operator's command line."""
