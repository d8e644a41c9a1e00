"""What stands in for the world on one machine: Kafka, Postgres, a mailbox and Stripe, none of which need installing."""
