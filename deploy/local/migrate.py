"""The container job `migrate`: prepares a given PostgreSQL and Kafka for the services, then ends.

Beside the settings of kit.settings it reads `POSTGRES_ADMIN`, a superuser's DSN, and `PASSWORD_<ROLE>` for each role.
"""

import os

from kit.settings import Settings
from local.prepare import prepare_database, prepare_streams
from local.progress import Say
from local.secret import ROLES

ADMIN = "POSTGRES_ADMIN"
PASSWORDS = {role: f"PASSWORD_{role.upper()}" for role in ROLES}


def main() -> None:
    settings, say = Settings(), Say()
    passwords = {role: os.environ[name] for role, name in PASSWORDS.items()}
    dsn = prepare_database(os.environ[ADMIN], "slotkeeper", passwords, say)
    prepare_streams(settings.kafka, settings.topic_prefix, settings.partitions, {"main": dsn}, say)
    say.done("everything is prepared")


if __name__ == "__main__":
    main()
