"""Office time: the program's one clock, the zone data, the office's calendar, and the beat that asks what is due.

A room: it knows no mail, no database and no configuration file. Past instants are aware datetimes in UTC; a future
one is a wall time of the office until it is due (promise 8).
"""

from scheduler.clock import Clock, JumpWatch
from scheduler.office import Office

__all__ = ["Clock", "JumpWatch", "Office"]
