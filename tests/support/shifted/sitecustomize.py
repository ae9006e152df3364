"""Shifts the wall clock of a Python process from its start: SHIFTED_TO is the instant it starts at (Unix seconds).

The monotonic clocks are left alone, and a child starts at the same stamp again, as under libfaketime. SHIFTED_BY names
a file with seconds to add, read at each look, as when somebody sets the clock. SHIFTED_SPEED lets the wall clock and
CLOCK_BOOTTIME run that much faster, as if that much time went by; waits and time-outs stay as they are.
"""

import os
import time

if "SHIFTED_TO" in os.environ:
    _real = time.time
    _began = _real()
    _to = float(os.environ["SHIFTED_TO"])
    _speed = float(os.environ.get("SHIFTED_SPEED", "1"))
    _file = os.environ.get("SHIFTED_BY")

    def _by() -> float:
        if _file is None:
            return 0.0
        with open(_file, encoding="ascii") as found:
            return float(found.read())

    time.time = lambda: _to + (_real() - _began) * _speed + _by()
    if _speed != 1:
        _gettime = time.clock_gettime
        _boot = _gettime(time.CLOCK_BOOTTIME)

        def _faster(clock: int) -> float:
            found = _gettime(clock)
            return _boot + (found - _boot) * _speed if clock == time.CLOCK_BOOTTIME else found

        time.clock_gettime = _faster
