"""What came back and why: the pieces that `reading.reports` puts together, each with one subject.

`groups` walks RFC 3464 fields, `notice` finds recipients in the prose of hosts that write their own, `codes` and
`phrases` say what a reason means, `returned` looks at the copy of the returned message, `complaints` and `events` read
feedback reports and the notices of sending services, `library` asks flufl.bounce.
"""
