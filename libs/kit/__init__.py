"""What every process shares: settings, clock, ids, logging, telemetry, tracing, health, lifespan, migrations."""
