"""What every process shares: settings, clock, ids, logging, telemetry, health, lifespan, migrations."""
