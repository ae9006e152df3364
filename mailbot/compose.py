"""The one composition root: the configuration in, a house of loops out. Here alone real things are plugged together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

from mailbot import log
from mailbot.casework import hints, rules, urgent
from mailbot.casework.addresses import ServiceAddress
from mailbot.casework.desk import Caps, Desk
from mailbot.charge import Charge
from mailbot.config import Config, load
from mailbot.config import accounts as config_accounts
from mailbot.config.oauth import OAuth
from mailbot.deliver import Deliver
from mailbot.errors import ConfigError
from mailbot.installation import build_office, open_database
from mailbot.process import Process
from mailbot.reading import Limits, Reader
from mailbot.steps import Step
from mailbot.tick import Tick
from mailbot.transport import Account, Mailbox, Submission
from mailbot.transport.grants import ClientCredentials, RefreshToken, ServiceAccount
from mailbot.transport.oauth import TokenSource
from mailbot.watch import Folders, Watch
from mailbot.writing import Letters, ServiceWords
from mailbot.writing.changes import Changes
from scheduler import Clock, JumpWatch
from scheduler.zone import zone, zone_fact
from storage import cases, generation, integrity, journal, lease, reerasure, restored, tokens
from storage.database import Database, newest_instant


@dataclass(frozen=True, slots=True)
class House:
    """Everything that runs, built once. `close` gives it all back."""

    database: Database
    clock: Clock
    desk: Desk
    reader: Reader
    watch: Watch
    process: Process
    tick: Tick
    deliver: Deliver
    poll_seconds: float
    config: Config
    charge: Charge | None = None

    def close(self) -> None:
        self.watch.mailbox.close()
        self.deliver.submission.close()
        self.reader.close()
        self.database.close()


@contextmanager
def opened(config_file: Path, clock: Clock | None = None, *, stand_by: bool = False) -> Iterator[House]:
    """The house of a configuration file, with the lease on its database (RULES 1), logs started. Raises ConfigError,
    LeaseTaken. `stand_by`: where daemons share the database, another may be in charge.
    """
    config = load(config_file)
    log.start(config.log.level, config.log.format)
    database = open_database(config)
    try:
        with Charge(lease.take(database, stand_by=stand_by)) as charge:
            reerasure.reapply_noted(database, config.storage.key_file, Clock().now())
            integrity.refuse_known_damage(database, Clock().now())
            generation.check(database, config.storage.key_file)
            restored.settle_once(database, zone(config.service.time_zone), Clock().now())
            _need_beginning(config, database)
            house = build(config, database, clock)
            house.tick.afterwards = partial(generation.note, database, config.storage.key_file)
            try:
                yield replace(house, charge=charge)
            finally:
                house.close()
    finally:
        database.close()


def dismiss_former_members(config: Config, database: Database, clock: Clock) -> None:
    """Members removed from the file: their tokens die, their cases go to the pool (RULES 9)."""
    keep = {database.keys.hash("member", member.key) for member in config.members()}
    with database.view() as view:
        former = tokens.given_to_others(view, keep)
    if former:
        with database.transaction(Step.OPERATOR) as transaction:
            tokens.retire_others(transaction, keep, clock.now())
            cases.release_owners(transaction, keep, clock.now())


def _need_beginning(config: Config, database: Database) -> None:
    """Without `since` an empty journal would acknowledge mail of years ago (F18)."""
    if config.inbox.since is not None:
        return
    with database.view() as view:
        empty = not any(journal.counts(view).values())
    if empty:
        now = Clock().now().astimezone(zone(config.service.time_zone)).isoformat(timespec="seconds")
        raise ConfigError(
            "inbox.since is missing and the journal is empty: mail received before that instant is never acknowledged. "
            f"Write a line below [inbox], for example: since = {now}"
        )


def build(config: Config, database: Database, clock: Clock | None = None, mailbox: Mailbox | None = None) -> House:
    """Builds the house; connects to nothing. Raises ConfigError for what the configuration cannot know of itself."""
    clock = clock or Clock()
    _prove_zone()
    dismiss_former_members(config, database, clock)
    reader = build_reader(config)
    desk = replace(build_desk(config), read=reader.read, open_file=reader.attachment)
    with database.view() as view:
        newest = newest_instant(view)
    return House(
        database=database,
        clock=clock,
        desk=desk,
        reader=reader,
        watch=_watch(config, database, clock, desk, mailbox or Mailbox(inbox_account(config))),
        process=Process(database, clock, desk, reader.read, reader.files, reader.read_all),
        tick=Tick(database, clock, desk, JumpWatch(newest), _letter_changes(config)),
        deliver=Deliver(database, clock, desk, Submission(submission_account(config))),
        poll_seconds=float(config.inbox.poll_seconds),
        config=config,
    )


def build_desk(config: Config) -> Desk:
    """The service as its configuration describes it, letters and rules loaded and proved."""
    limits = config.limits
    return Desk(
        address=ServiceAddress(config.service.address, config.service.subaddress_separator),
        sender_name=config.service.sender_name,
        language=config.service.language,
        zone=config.service.time_zone,
        office=build_office(config),
        letters=Letters.load(config.templates.dir, service=service_words(config)),
        members=config.members(),
        throttle=timedelta(hours=config.acknowledgement.throttle_hours),
        proof=config.authentication.staff,
        grace=timedelta(minutes=config.staff.grace_minutes),
        rules=rules.load(config.templates.dir),
        urgent=urgent.load(config.templates.dir),
        hints=hints.load(config.templates.dir),
        caps=Caps(limits.sends_per_hour, limits.automatic_per_hour, limits.unauthenticated_per_hour),
    )


def build_reader(config: Config) -> Reader:
    """The door to reading, for this host's proofs and limits."""
    found, header = config.authentication, config.authentication.internal_header
    limits = Limits(config.limits.parts, config.limits.depth)
    return Reader(found.trusted_authserv_ids, limits, (header.name, header.value) if header else None)


def service_words(config: Config) -> ServiceWords:
    """What letters may know of the configuration."""
    service, hours = config.service, config.hours
    return ServiceWords(
        name=service.name,
        address=service.address,
        sender_name=service.sender_name,
        telephone=service.telephone,
        opens=hours.opens,
        closes=hours.closes,
    )


def _letter_changes(config: Config) -> Changes:
    """The operator's folder, tried as a start tries it."""
    return Changes(config.templates.dir, lambda: build_desk(config))


def _prove_zone() -> None:
    """Old zone data is an hour wrong at both ends of the day: nothing starts on it (promise 8)."""
    wrong = zone_fact()
    if wrong:
        raise ConfigError(wrong)


def _watch(config: Config, database: Database, clock: Clock, desk: Desk, mailbox: Mailbox) -> Watch:
    inbox = config.inbox
    names = Folders(inbox.folder, inbox.junk_folder, inbox.done_folder, inbox.quarantine_folder)
    since = inbox.since.astimezone(UTC) if inbox.since else datetime(1970, 1, 1, tzinfo=UTC)
    return Watch(database, clock, desk, mailbox, names, since, config.limits.message_bytes)


def inbox_account(config: Config) -> Account:
    """How to sign in to the mailbox."""
    return _account(config.inbox)


def submission_account(config: Config) -> Account:
    """How to sign in to the submission server."""
    return _account(config.submission)


def _account(account: config_accounts.Account) -> Account:
    return Account(
        host=account.host,
        port=account.port,
        security=account.security,
        username=account.username,
        password=account.password,
        oauth=_token_source(account),
    )


def _token_source(account: config_accounts.Account) -> TokenSource | None:
    if account.oauth is None:
        return None
    return _tokens(account.oauth, account.username if account.oauth.service_account_file else None)


@cache
def _tokens(oauth: OAuth, user: str | None) -> TokenSource:
    """One for equal settings, so that both doors share tokens and the one try a minute (F21)."""
    clock = Clock()
    grant: ClientCredentials | RefreshToken | ServiceAccount
    if user:
        grant = ServiceAccount(oauth.endpoint, oauth.service_account, oauth.scope or "", user, clock.now)
    elif oauth.asks_by_refresh_token:
        secret = oauth.client_secret if oauth.has_client_secret else None
        keep = oauth.keep_refresh_token
        grant = RefreshToken(oauth.endpoint, oauth.client_id or "", secret, oauth.refresh_token, oauth.scope, keep)
    else:
        grant = ClientCredentials(oauth.endpoint, oauth.client_id or "", oauth.client_secret, oauth.scope or "")
    return TokenSource(grant.ask, clock.boottime)
