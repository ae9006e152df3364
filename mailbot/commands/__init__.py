"""Staff commands: one file each, with its word, its one-line help, `parse` and `apply` (RULES 8, 9; INTERFACES "Staff
commands").

Parsing is pure: words, the office and `now` in, frozen arguments out, or a `CommandError` with the nearest right form.
Applying writes into the transaction it is given and returns the sentence for the receipt; a `CommandRefused`-like doubt
is a `CommandError` too, and undoes the whole message (all or nothing).
"""
