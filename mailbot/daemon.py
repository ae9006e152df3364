"""The daemon: starts the four loops, wakes them, restarts them, ends them; nothing else.

A loop that fails waits and goes on, with a line in `status`; one that must not go on (a lost lease, a foreign
mailbox, damage) ends the daemon with that error. TERM finishes the message in hand and ends it with nothing wrong.
"""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from mailbot import log, steps
from mailbot.alive import Signs
from mailbot.charge import Charge
from mailbot.deliver import Deliver
from mailbot.errors import ENDINGS, LoginRefused, MailbotError, NotInCharge, SubmissionRefused
from mailbot.process import Process
from mailbot.steps import Step
from mailbot.tick import Tick
from mailbot.watch import Watch
from scheduler import Clock
from scheduler.beat import Beat
from storage import pulse
from storage.database import Database

TICK_SECONDS = 10.0
LONGEST_BACKOFF = 60.0
REFUSED_SECONDS = 60.0
LOOK_ATTEMPTS = 5
SHARED_SECONDS = 2.0
"""After which a loop looks for work that another daemon made: bells ring within one process."""

logger = log.get("daemon")


class Bell:
    """Wakes one loop: rung by any thread, waited for by one, with a file descriptor for those who wait in `poll`."""

    def __init__(self) -> None:
        self._ear, self._hand = socket.socketpair()
        self._ear.setblocking(False)
        self._hand.setblocking(False)
        self._rung = threading.Event()

    def ring(self) -> None:
        self._rung.set()
        with suppress(BlockingIOError):  # a full pipe has been rung enough
            self._hand.send(b"!")

    def wait(self, seconds: float | None) -> bool:
        """Whether it was rung within that time."""
        rung = self._rung.wait(seconds)
        self.clear()
        return rung

    def clear(self) -> None:
        """Forgets the rings so far; work that they told of is looked for after this."""
        self._rung.clear()
        with suppress(BlockingIOError):
            while self._ear.recv(4096):
                pass

    def fileno(self) -> int:
        return self._ear.fileno()


@dataclass(frozen=True, slots=True)
class Loop:
    """One loop: what a round does, how it waits, whom it wakes after a round that changed something."""

    name: str
    round: Callable[[], bool]
    wait: Callable[[], None]
    bell: Bell
    wakes: tuple[Bell, ...] = ()
    of_one: bool = False
    """Whether the daemon in charge alone runs it."""


class Daemon:
    """Runs until `stop` is called or a loop fails for good; `run` then returns, or raises that error."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        watch: Watch,
        process: Process,
        tick: Tick,
        deliver: Deliver,
        poll_seconds: float,
        charge: Charge | None = None,
    ) -> None:
        self.database = database
        self.clock = clock
        self.watch, self.process, self.tick, self.deliver = watch, process, tick, deliver
        self.poll_seconds = poll_seconds
        self.charge = charge
        self._shared = charge is not None and charge.shared
        self._look_again = min(poll_seconds, SHARED_SECONDS) if self._shared else poll_seconds
        self.signs = Signs()
        self._stopping = threading.Event()
        self._fatal: BaseException | None = None
        self._troubled: set[str] = set()
        self._bells = {name: Bell() for name in ("watch", "process", "deliver")}
        self._last_full = float("-inf")

    def stop(self) -> None:
        """Ends every loop after the message in hand. Safe in a signal handler."""
        self._stopping.set()
        for bell in self._bells.values():
            bell.ring()

    def stopping(self) -> bool:
        return self._stopping.is_set()

    def run(self) -> None:
        """Blocks until the end. Raises what ended a loop for good."""
        self.deliver.recover()
        self._inherit()
        self.deliver.stopping = self.stopping
        if self.charge:
            self.charge.changed, self.charge.ended = self._part_changed, self._end
        threads = [threading.Thread(target=self._keep, args=(loop,), name=loop.name) for loop in self._loops()]
        beat = Beat()
        observer = self.signs.listen()
        self.signs.give("tick")
        for thread in threads:
            thread.start()
        beat.start(TICK_SECONDS, self._tick)
        for thread in threads:
            thread.join()
        beat.stop()
        steps.observe(observer)
        if self._fatal is not None:
            raise self._fatal

    def _inherit(self) -> None:
        """Problems that a killed process left open end with a round that succeeds, as our own do."""
        with self.database.view() as view:
            open_ = {code.removeprefix("loop:") for code, _, _ in pulse.problems(view) if code.startswith("loop:")}
        self._troubled |= open_

    def _loops(self) -> tuple[Loop, ...]:
        bells = self._bells
        return (
            Loop("watch", self._look, self._watch_wait, bells["watch"], (bells["process"],), of_one=True),
            Loop(
                "process", self.process.round, self._process_wait, bells["process"], (bells["deliver"], bells["watch"])
            ),
            Loop("deliver", self.deliver.round, self._deliver_wait, bells["deliver"]),
        )

    # This daemon's part

    def _in_charge(self) -> bool:
        return self.charge is None or self.charge.in_charge

    def _part_changed(self) -> None:
        """The charge came or went, or a colleague's letters are in the hand of nobody: every loop looks again."""
        self.deliver.unsure = True
        self._last_full = float("-inf")
        for bell in self._bells.values():
            bell.ring()
        if self._in_charge():
            self._inherit()

    def _end(self, error: Exception) -> None:
        self._fatal = self._fatal or error
        self.stop()

    def _stand_by(self, loop: Loop) -> None:
        """The loop is another's: its mailbox is not to be held open twice."""
        self.watch.mailbox.close()
        loop.bell.wait(SHARED_SECONDS)

    # One loop

    def _keep(self, loop: Loop) -> None:
        """Rounds until nothing is left, then waiting; a failure is noted, waited out and left behind."""
        failures = 0
        while not self.stopping():
            self.signs.give(loop.name)
            if loop.of_one and not self._in_charge():
                self._stand_by(loop)
                continue
            try:
                self._round(loop)
                self._recovered(loop.name)
                failures = 0
                if not self.stopping():
                    loop.wait()
            except Exception as error:  # noqa: BLE001 - a loop is restarted whatever broke it (ENDINGS)
                failures += 1
                self._failed(loop.name, error)
                self._stopping.wait(_backoff(error, failures))
        self.signs.end(loop.name)

    def _round(self, loop: Loop) -> None:
        while not self.stopping():
            loop.bell.clear()
            if not loop.round():
                return
            for bell in loop.wakes:
                bell.ring()

    def _tick(self) -> None:
        if self.stopping():
            self.signs.end("tick")
            return
        self.signs.give("tick")
        if not self._in_charge():
            return
        try:
            if self.tick.round():
                self._bells["deliver"].ring()
            if self.tick.wants_look:
                self._last_full = float("-inf")
                self._bells["watch"].ring()
            self._recovered("tick")
        except Exception as error:  # noqa: BLE001 - the same door as the loops'
            self._failed("tick", error)

    # Waiting

    def _look(self) -> bool:
        now = self.clock.boottime()
        full = now - self._last_full >= self.poll_seconds
        changed = self.watch.round(full=full)
        if full:
            self._last_full = now
        return changed

    def _watch_wait(self) -> None:
        left = self.poll_seconds - (self.clock.boottime() - self._last_full)
        if left <= 0:
            return
        if self.watch.mailbox.can_idle:
            self.watch.wait(left, self._bells["watch"].fileno())
        else:
            self._bells["watch"].wait(left)

    def _process_wait(self) -> None:
        self._bells["process"].wait(self._look_again)

    def _deliver_wait(self) -> None:
        due = self.deliver.next_due()
        seconds = self.poll_seconds if due is None else (due - self.clock.now()).total_seconds()
        self.deliver.idle()
        until = self.clock.boottime() + min(max(seconds, 0.1), self.poll_seconds)
        while (left := until - self.clock.boottime()) > 0 and not self.stopping():
            # Looking is not committing: an idle daemon must not keep the disk of a server busy.
            if self._bells["deliver"].wait(min(left, self._look_again)) or self._shared and self.deliver.waits():
                return

    # Failures

    def _failed(self, name: str, error: Exception) -> None:
        logger.error("loop failed", extra={"loop": name, "reason": type(error).__name__}, exc_info=error)
        if _is_final(error):
            self._end(error)
            return
        if isinstance(error, NotInCharge):  # no trouble: its successor looks after the loop
            return
        detail = str(error) if isinstance(error, MailbotError) else type(error).__name__
        self.signs.trouble(name, detail)
        self._note(name, detail)

    def _note(self, name: str, detail: str) -> None:
        """Writes the problem down for `status`; where even that fails, the missing heartbeat tells (F28, F40)."""
        self._troubled.add(name)
        try:
            with self.database.transaction(Step.PULSE) as transaction:
                pulse.raise_problem(transaction, f"loop:{name}", detail[:200], self.clock.now())
        except MailbotError as error:
            logger.error("problem not noted", extra={"loop": name, "reason": type(error).__name__})

    def _recovered(self, name: str) -> None:
        self.signs.well(name)
        if name in self._troubled:
            with self.database.transaction(Step.PULSE) as transaction:
                pulse.end_problem(transaction, f"loop:{name}")
            self._troubled.discard(name)


def run_once(
    watch: Watch, process: Process, tick: Tick, deliver: Deliver, note: Callable[[str, MailbotError | None], None]
) -> bool:
    """One pass: watch, process, tick, deliver, again until a round changes nothing. False where a mail server was out
    of reach.

    `note` hears after every round how a loop that talks to a server did.
    """
    deliver.recover()
    reached = {"watch": True, "deliver": True}
    changed = True
    while changed:
        changed = _drain("watch", watch.round, reached, note)
        changed |= _drain("process", process.round, reached, note)
        changed |= _drain("tick", tick.round, reached, note)
        changed |= _drain("deliver", deliver.round, reached, note)
    return all(reached.values())


def _drain(
    name: str, once: Callable[[], bool], reached: dict[str, bool], note: Callable[[str, MailbotError | None], None]
) -> bool:
    """Rounds of one loop until nothing changes. A look is tried a few times: a message that breaks it is left for
    last by then. A refused password is tried once: more tries lock the account (F21).
    """
    changed, failures = False, 0
    while reached.get(name, True):
        try:
            if not once():
                note(name, None)
                return changed
            changed = True
        except MailbotError as error:
            if _is_final(error):
                raise
            failures += 1
            if name != "watch" or failures >= LOOK_ATTEMPTS or isinstance(error, LoginRefused):
                reached[name] = False
                note(name, error)
    return changed


def _is_final(error: Exception) -> bool:
    kinds = [kind for kind in type(error).__mro__ if kind in ENDINGS]
    return bool(kinds) and ENDINGS[kinds[0]].in_loop == "stop"


def _backoff(error: Exception, failures: int) -> float:
    """Seconds to wait: full jitter up to a minute (F27); a whole minute where a server refused us (F21: lock-outs)."""
    if isinstance(error, (LoginRefused, SubmissionRefused)):
        return REFUSED_SECONDS
    longest = min(LONGEST_BACKOFF, 2.0 ** min(failures, 6))
    return 0.5 + (longest - 0.5) * secrets.randbelow(1000) / 1000
