"""The messages of the bus, and the vocabulary that all services share: plain, versioned data without I/O."""
