"""How a client of Kafka reaches the cluster: the addresses, TLS, and who it is. It knows no service and no topic."""
