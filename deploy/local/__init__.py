"""The whole of Slotkeeper on one machine: Kafka, PostgreSQL and the services as local processes, on loopback only."""
