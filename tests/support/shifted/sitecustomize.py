"""Shifts the wall clock of a Python process from its start: SHIFTED_TO is the instant it starts at (Unix seconds).

The monotonic clocks are left alone, and a child starts at the same stamp again, as under libfaketime.
"""

import os
import time

if "SHIFTED_TO" in os.environ:
    _real = time.time
    _offset = float(os.environ["SHIFTED_TO"]) - _real()
    time.time = lambda: _real() + _offset
