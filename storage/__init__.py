"""The storage room: every line of SQL, encrypted, durable and fenced. A module per subject; functions are named for
their question.

Functions take a `Transaction` (or a `View` for reading) and return frozen data. They never commit: the loop that opened
the transaction does, once, under a step's name.
"""
