"""Alive or loud: how a supervisor of processes, a monitoring system and a person see from outside that mailbot works.

In: signs of life that the loops give. Out: a heartbeat file, messages to systemd, figures for Prometheus. Nothing here
can hold up a loop, and nothing here is needed by one: where a file or a socket fails, a log line says so.
"""

from mailbot.alive.keeper import kept
from mailbot.alive.signs import Signs

__all__ = ["Signs", "kept"]
