"""`email-outstanding-tickets`."""

from __future__ import annotations

from sqlalchemy import select

from commands import run_command
from factories import make_account, make_department, make_queue
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.models import Delivery, Ticket


async def test_a_dry_run_shows_who_would_get_which_open_tickets(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        ann = await make_account(session, "ann", email="ann@example.com")
        bob = await make_account(session, "bob")
        gone = await make_account(session, "gone", email="gone@example.com", is_active=False)
        await make_account(session, "idle", email="idle@example.com")
        queue = await make_queue(session, "Dataset", await make_department(session, "Design"))
        common = {"kind": "support", "queue_id": queue.id, "description": "d", "submitter_email": "", "priority": 3}
        tickets = [
            Ticket(**common, creator_id=ann.id, title="Printer\x1b[31m", status=1, assignee_id=bob.id),
            Ticket(**common, creator_id=ann.id, title="Monitor", status=2, assignee_id=ann.id, on_hold=True),
            Ticket(**common, creator_id=gone.id, title="Mouse", status=1),
        ]
        closed = [
            Ticket(**common, creator_id=ann.id, title="Done", status=status, assignee_id=bob.id) for status in (3, 4, 5)
        ]
        session.add_all([*tickets, *closed, Ticket(kind="upload", creator_id=ann.id, file_limit=1)])
        await session.flush()
        printer, monitor, _ = (ticket.id for ticket in tickets)
    result = await run_command(empty_database, "email-outstanding-tickets", "--dry-run")
    assert (result.exit_code, result.stdout) == (
        0,
        "ann <ann@example.com>:\n"
        f"  opened: #{printer} Printer [31m\n"
        f"  opened: #{monitor} Monitor\n"
        f"  assigned: #{monitor} Monitor\n"
        "bob has no e-mail address and would get nothing:\n"
        f"  assigned: #{printer} Printer [31m\n"
        "E-mails that would be sent: 1\n",
    )


async def test_without_a_mail_server_nothing_is_planned_and_the_command_says_so(empty_database: Database) -> None:
    result = await run_command(empty_database, "email-outstanding-tickets")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "HELPDESK_MAIL_SERVER is not set" in result.stderr


async def test_everybody_with_open_tickets_and_an_address_is_reminded_once(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        ann = await make_account(session, "ann", email="ann@example.com")
        bob = await make_account(session, "bob", email="bob@example.com")
        carl = await make_account(session, "carl")
        queue = await make_queue(session, "Dataset", await make_department(session, "Design"))
        common = {"kind": "support", "queue_id": queue.id, "description": "d", "submitter_email": "", "priority": 3}
        session.add(Ticket(**common, creator_id=ann.id, title="Printer\r\nX: y", status=1, assignee_id=bob.id))
        session.add(Ticket(**common, creator_id=bob.id, title="Mouse", status=2, assignee_id=bob.id))
        session.add(Ticket(**common, creator_id=carl.id, title="Monitor", status=1))
        await session.flush()
    mail = {"mail_server": "smtp.example.com", "mail_default_sender": "desk@example.com"}
    result = await run_command(empty_database, "email-outstanding-tickets", **mail)
    assert (result.exit_code, result.stdout) == (0, "ann@example.com\nbob@example.com\nE-mails that will be sent: 2\n")
    again = await run_command(empty_database, "email-outstanding-tickets", **mail)
    assert (again.exit_code, again.stdout) == (0, "E-mails that will be sent: 0\n")
    columns = select(Delivery.recipient, Delivery.payload["kind"], Delivery.payload["values"]).order_by(Delivery.id)
    session = empty_database.read_sessions()
    printer, mouse = {"id": 1, "title": "Printer X: y", "status": 1}, {"id": 2, "title": "Mouse", "status": 2}
    nothing = {"tickets": [], "more": 0}
    assert [tuple(row) for row in await session.execute(columns)] == [
        (
            "ann@example.com",
            "outstanding",
            {"total": 1, "created": {"tickets": [printer], "more": 0}, "assigned": nothing},
        ),
        (
            "bob@example.com",
            "outstanding",
            {
                "total": 2,
                "created": {"tickets": [mouse], "more": 0},
                "assigned": {"tickets": [printer, mouse], "more": 0},
            },
        ),
    ]
