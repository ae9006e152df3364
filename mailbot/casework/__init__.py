"""Casework: what a message means for a case, whether it joins one, what is answered, whom to tell. Decisions and
their rows.
"""
