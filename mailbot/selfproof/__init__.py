"""Proof by mails to ourselves: what the mail host does with what it is sent, before anybody's safety hangs on it.

In: the configuration, the two servers. Out: findings for `mailbot check`. Four mails at most go through the submission
server to the service's own address and nowhere else; waiting for them is bounded; what did not arrive is said to be not
proved, never taken for a yes.
"""
