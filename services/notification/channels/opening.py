"""The channels that the settings ask for, by name; where they name no server, the log takes its place."""

from email.utils import parseaddr
from functools import cache
from ipaddress import ip_address

from kit.settings import Settings
from notification.channels.logged import LogChannel
from notification.channels.port import Channel
from notification.channels.sms import SmsChannel
from notification.channels.smtp import Server, SmtpChannel
from notification.rendering.words import Mailbox


def open_channels(settings: Settings) -> dict[str, Channel]:
    """`email`, `sms` and `log`. Nothing is dialled yet."""
    log = LogChannel()
    email = SmtpChannel(server_of(settings)) if settings.smtp_host else log
    token = settings.sms_token.get_secret_value()
    sms = SmsChannel(settings.sms_url, token, settings.sms_from) if settings.sms_url else log
    return {"email": email, "sms": sms, "log": log}


def sender_of(settings: Settings, business: str = "") -> Mailbox:
    """The From mailbox, which is an invitation's organizer too: the tenant's name where there is one."""
    name, address = _mailbox(settings.mail_from)
    return Mailbox(address, business or name)


@cache
def _mailbox(text: str) -> tuple[str, str]:
    return parseaddr(text)


def server_of(settings: Settings) -> Server:
    """A password is not sent in clear, but to this very machine."""
    password = settings.smtp_password.get_secret_value()
    if settings.smtp_security == "none" and password and not _this_machine(settings.smtp_host):
        raise ValueError("SLOTKEEPER_SMTP_PASSWORD needs SLOTKEEPER_SMTP_SECURITY starttls or tls")
    return Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=sender_of(settings),
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=password,
        ca_file=settings.smtp_ca_file,
        seconds=settings.smtp_seconds,
    )


def _this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
