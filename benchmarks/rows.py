"""The benchmark's data: tickets of both kinds with follow-ups, files and subscribers, as COPY reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

USERS = 100
# The first users are agents: they may see and open everything.
STAFF = 20
# Two who are not: the one has support tickets, the other upload tickets.
PLAIN = (32, 31)
QUEUES = 20
STATUSES = 5
# Of every ten tickets one is an upload ticket; of every five support tickets one has a file on its opening.
UPLOAD_EVERY = 10
FILE_EVERY = 5
# One support ticket in so many says "needle", and as many have a custom value.
RARE = 1000
RARE_AT = 7
FIELD = "colour"
FIELD_ID = 1
WORDS = "printer network password invoice laptop screen access error update account mail server".split()
_DAY = 1440
_FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC).toordinal()
_DATES = [datetime.fromordinal(_FIRST_DAY + day).date().isoformat() for day in range(2000)]

TICKETS = (
    "id kind creator_id created_at file_limit file_count queue_id title description submitter_email assignee_id"
    " status priority custom_values last_activity_at reply_count"
).split()
FOLLOWUPS = "id ticket_id author_id is_opening title comment public email_recipients created_at".split()
ATTACHMENTS = "id ticket_id followup_id uploader_id path short_name filename mime_type size sha256 created_at".split()
SUBSCRIPTIONS = "ticket_id user_id created_at".split()


def moment(number: int) -> str:
    """Tickets come one a minute, for some two years at a million."""
    day, minute = divmod(number, _DAY)
    return f"{_DATES[day % len(_DATES)]}T{minute // 60:02}:{minute % 60:02}:00Z"


def user_of(number: int) -> int:
    """Who opened a ticket."""
    return number % USERS + 1


def text_of(number: int) -> str:
    """What a ticket says: a few common words, one of its own, and now and then the needle."""
    some = f"{WORDS[number % 12]} {WORDS[number // 12 % 12]} {WORDS[number // 144 % 12]} {WORDS[number * 7 % 11]}"
    return f"{some} case{number} {'needle' if number % RARE == RARE_AT else 'hay'}"


def tickets(total: int) -> Iterator[str]:
    """Rows of both kinds."""
    for number in range(1, total + 1):
        user, at = user_of(number), moment(number)
        if number % UPLOAD_EVERY == 0:
            yield f"{number}\tupload\t{user}\t{at}\t5\t1" + "\t\\N" * 7 + f"\t{{}}\t{at}\t0\n"
            continue
        queue, status, priority = number % QUEUES + 1, number // 7 % STATUSES + 1, number // 3 % 5 + 1
        assignee = str(user) if number % 3 == 0 else "\\N"
        custom = f'{{"{FIELD_ID}": "red"}}' if number % RARE == RARE_AT else "{}"
        yield (
            f"{number}\tsupport\t{user}\t{at}\t\\N\t0\t{queue}\tTicket {number}\t{text_of(number)}"
            f"\tuser{user}@example.com\t{assignee}\t{status}\t{priority}\t{custom}\t{at}\t1\n"
        )


def followups(total: int) -> Iterator[str]:
    """An opening and a public reply for each support ticket."""
    for number in range(1, total + 1):
        if number % UPLOAD_EVERY:
            at = moment(number)
            yield (
                f"{number * 2 - 1}\t{number}\t{user_of(number)}\tt\tTicket Opened\t{text_of(number)}\tt\t[]\t{at}\n"
                f"{number * 2}\t{number}\t1\tf\tTicket {number}\tHave you tried to turn it off and on?\tt\t[]\t{at}\n"
            )


def attachments(total: int) -> Iterator[str]:
    """The file of each upload ticket, and those of some openings."""
    digest = "\\\\x" + "00" * 32
    for number in range(1, total + 1):
        upload = number % UPLOAD_EVERY == 0
        if upload or number % FILE_EVERY == 1:
            place = "\\N" if upload else str(number * 2 - 1)
            short = "\\N" if upload else f"{number}.txt"
            yield (
                f"{number}\t{number}\t{place}\t{user_of(number)}\tbenchmark/{number}/note.txt\t{short}"
                f"\tnote.txt\ttext/plain\t5\t{digest}\t{moment(number)}\n"
            )


def subscriptions(total: int) -> Iterator[str]:
    """Whoever opened a support ticket follows it."""
    for number in range(1, total + 1):
        if number % UPLOAD_EVERY:
            yield f"{number}\t{user_of(number)}\t{moment(number)}\n"
