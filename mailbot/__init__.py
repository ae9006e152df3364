"""mailbot: the mail daemon of a support service. DESIGN: docs/architecture.md."""

__version__ = "0.1.0"
