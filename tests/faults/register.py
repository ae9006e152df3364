"""Every fault by its number, and the tests elsewhere in the house that show what mailbot makes of it.

Tests in this folder carry the number in their name (`test_f28_…`); those of other rooms are named here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent.parent
_KILLED = "history/test_history.py::test_a_hundred_persons_are_answered_once_whichever_step_the_process_dies_at"
_HELD = "history/test_answers.py::test_a_held_answer_leaves_once_at_the_opening_whichever_step_the_process_dies_at"
_DELIVER = "loops/test_deliver.py::test_"
_WATCH = "loops/test_watch.py::test_"
_ONE_ANSWER = "promises/test_03_one_answer.py::test_"

FAULTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "F1": ("Killed while fetching", (_KILLED,)),
    "F2": ("Killed after journaling", (_KILLED,)),
    "F3": ("Killed while processing", (_KILLED,)),
    "F4": (
        "Killed before the move",
        (_KILLED, f"{_WATCH}the_next_look_of_a_new_process_finds_what_the_first_had_not_filed"),
    ),
    "F5": (
        "Move half done",
        (
            "history/test_history.py::test_on_a_server_without_move_a_death_loses_nothing_and_answers_nobody_twice",
            f"{_WATCH}a_line_that_breaks_while_copies_are_filed_makes_no_second_copy",
            "transport/test_imap_misbehaviour.py::test_without_uidplus_nothing_is_expunged_and_the_copies_left_behind_are_marked",
        ),
    ),
    "F6": (
        "Killed after claiming",
        (f"{_DELIVER}after_a_crash_what_was_begun_is_uncertain_and_what_was_not_waits_again",),
    ),
    "F7": ("Killed or cut during DATA", (f"{_ONE_ANSWER}a_letter_lost_before_its_final_dot_arrives_once",)),
    "F8": ("Lost 250", (f"{_ONE_ANSWER}a_letter_whose_answer_was_lost_goes_once_more_byte_for_byte",)),
    "F9": (
        "Killed after 250",
        (_KILLED, f"{_DELIVER}a_commit_that_fails_after_the_answer_loses_neither_answer_nor_letters"),
    ),
    "F10": ("Killed while releasing", (_HELD,)),
    "F11": ("IMAP drops in a message", (f"{_WATCH}a_lying_or_broken_server_gets_nothing_half_into_the_journal",)),
    "F12": (
        "Lying IMAP server",
        ("transport/test_imap_misbehaviour.py::test_nothing_is_allocated_for_a_literal_above_the_limit",),
    ),
    "F13": (
        "UIDVALIDITY changes",
        (f"{_WATCH}a_renumbered_folder_makes_nothing_happen_twice_and_staff_get_one_line",),
    ),
    "F14": ("Same mail, new UID", (f"{_ONE_ANSWER}a_mail_moved_back_into_the_inbox_is_seen_before",)),
    "F15": (
        "Mail goes elsewhere",
        (
            f"{_WATCH}junk_that_a_person_moves_to_the_inbox_is_processed_as_new",
            "promises/test_01_nothing_is_lost.py::"
            "test_a_message_gone_before_it_was_fetched_is_counted_and_met_again_when_it_returns",
        ),
    ),
    "F16": (
        "Gone while fetching",
        (f"{_WATCH}messages_that_vanish_before_they_are_fetched_are_counted_and_are_no_error",),
    ),
    "F17": (
        "Done folder fails",
        (f"{_WATCH}a_done_folder_that_takes_nothing_stops_no_processing_and_shows_in_status_until_it_is_over",),
    ),
    "F18": (
        "Huge mailbox",
        (
            f"{_WATCH}a_backlog_is_journaled_in_batches_the_newest_first",
            f"{_WATCH}mail_from_before_the_beginning_is_imported_where_it_is_and_never_answered",
        ),
    ),
    "F19": (
        "IDLE dies silently",
        ("transport/test_imap_misbehaviour.py::test_idle_on_a_dead_or_refusing_connection_is_an_error",),
    ),
    "F20": (
        "TLS fails",
        ("transport/test_tls_and_login.py::test_where_starttls_was_removed_nothing_is_said_in_clear",),
    ),
    "F21": ("Credential fails", ("transport/test_tls_and_login.py::test_a_login_that_must_wait_is_no_wrong_password",)),
    "F22": (
        "4xx and greylisting",
        (f"{_DELIVER}a_letter_is_tried_after_1_5_15_30_minutes_then_hourly_for_five_days_and_then_failed",),
    ),
    "F23": (
        "5xx for one recipient",
        (
            f"{_DELIVER}one_letters_trouble_is_its_own",
            "promises/test_02_a_person_knows.py::test_a_letter_refused_for_good_is_told_in_its_case_and_by_every_pass",
        ),
    ),
    "F24": ("5xx for everybody", (f"{_DELIVER}a_refusal_of_us_stops_the_loop_and_marks_no_letter_failed",)),
    "F25": (
        "Bounce after 250",
        ("handlers/test_others.py::test_a_bounce_is_matched_by_our_message_id_in_the_returned_part",),
    ),
    "F26": ("Sending limit", (f"{_DELIVER}over_the_hours_limit_letters_wait_and_answers_have_a_reserve",)),
    "F27": ("Network flaps", ()),
    "F28": ("Disk full", ()),
    "F29": (
        "Database locked or down",
        ("loops/test_lost_commits.py::test_whichever_commit_is_lost_nothing_is_lost_and_nothing_doubled",),
    ),
    "F30": ("Power loss, bad disk", ("storage/test_transactions.py::test_every_connection_is_durable",)),
    "F31": (
        "Backup restored",
        (
            "promises/test_restored.py::"
            "test_a_restored_installation_sends_nothing_and_says_so_until_a_person_lets_it_go",
        ),
    ),
    "F32": (
        "Two daemons",
        (
            f"{_ONE_ANSWER}a_second_installation_on_one_mailbox_touches_nothing",
            f"{_ONE_ANSWER}a_daemon_stopped_and_woken_after_another_took_over_writes_nothing_more",
        ),
    ),
    "F33": ("Clock jumps", ()),
    "F34": ("Zone data changes", ()),
    "F35": ("Key missing or wrong", ("storage/test_keys.py::test_another_key_is_refused_and_no_file_changes",)),
    "F36": ("Half-written configuration", ()),
    "F37": ("Broken letter or platform file", ()),
    "F38": (
        "Poison hangs or eats memory",
        (
            "promises/test_11_one_bad_message.py::"
            "test_a_mail_over_which_the_reader_hangs_twice_is_quarantined_and_the_next_is_answered",
        ),
    ),
    "F39": ("Upgrade stops half way", ()),
    "F40": ("The alarm itself fails", ()),
}


def proofs(fault: str) -> list[str]:
    """Every test that shows this fault, as "file::test", from the folder of tests."""
    here = Path(__file__).parent
    own = [
        f"{file.relative_to(TESTS)}::{name}"
        for file in sorted(here.glob("test_*.py"))
        for name in _tests(file)
        if re.match(rf"test_f0*{fault[1:]}_", name)
    ]
    return [*own, *FAULTS[fault][1]]


def exists(proof: str) -> bool:
    """Whether a test of that name is in that file."""
    file, _, name = proof.partition("::")
    return (TESTS / file).is_file() and name in _tests(TESTS / file)


@cache
def _tests(file: Path) -> tuple[str, ...]:
    """In the order of the file, so that the page is the same at every run."""
    return tuple(_functions(ast.parse(file.read_text())))


def _functions(tree: ast.Module) -> Iterator[str]:
    return (node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))
