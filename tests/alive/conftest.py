"""The house's own fixtures, for the tests of what is seen of it from outside."""

from loops.fixtures import clock, house, make_running, reader, running, template

__all__ = ["clock", "house", "make_running", "reader", "running", "template"]
