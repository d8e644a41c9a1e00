"""The whole system on one machine, without installation: Kafka, Postgres, a mailbox and a stand-in for Stripe."""
