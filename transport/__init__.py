"""Kafka: the cluster and who a client is there, topics, a producer, and the consumer. It knows no service."""
