"""Who may do what: one set of rules for every dialect.

Reads are filtered by the predicates here (what somebody may not see does not exist for them); writes ask the
functions. `docs/architecture.md` has the table.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_, select, true, union_all
from sqlalchemy.orm import aliased

from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Forbidden
from helpdesk_api.models import Attachment, CustomField, FollowUp, Subscription, Ticket, User


def visible_tickets(actor: Actor) -> ColumnElement[bool]:
    """Tickets of both kinds the actor may read."""
    if actor.is_staff:
        return true()
    own_upload = and_(Ticket.kind == "upload", Ticket.creator_id == actor.user_id)
    return or_(own_upload, and_(Ticket.kind == "support", _concerns(actor)))


def _concerns(actor: Actor) -> ColumnElement[bool]:
    """Support tickets the actor created, requested, is assigned or subscribed to; all of them for a team."""
    if actor.reads_every_ticket:
        return true()
    # Of its own name, so that it also fits into a query on subscriptions.
    own = aliased(Subscription)
    subscribed = exists(select(own.id).where(own.ticket_id == Ticket.id, own.user_id == actor.user_id))
    ways = [Ticket.creator_id == actor.user_id, Ticket.assignee_id == actor.user_id, subscribed]
    if actor.email:  # an empty address matches nobody
        ways.append(Ticket.submitter_email == actor.email)
    return or_(*ways)


def listed_tickets(actor: Actor) -> ColumnElement[bool]:
    """`visible_tickets`, said so that a list can begin with the few tickets a plain user sees."""
    if actor.is_staff or actor.reads_every_ticket:
        return visible_tickets(actor)
    one = aliased(Ticket)
    ways = [
        select(one.id).where(one.creator_id == actor.user_id),
        select(one.id).where(one.assignee_id == actor.user_id),
        select(Subscription.ticket_id).where(Subscription.user_id == actor.user_id),
    ]
    if actor.email:
        ways.append(select(one.id).where(one.submitter_email == actor.email, one.submitter_email != ""))
    own_or_support = or_(Ticket.kind == "support", Ticket.creator_id == actor.user_id)
    return and_(Ticket.id.in_(union_all(*ways)), own_or_support)


def own_tickets(actor: Actor) -> ColumnElement[bool]:
    """Support tickets the actor opened or requested: `takes_part`, in SQL."""
    ways = [Ticket.creator_id == actor.user_id]
    if actor.email:
        ways.append(Ticket.submitter_email == actor.email)
    return and_(Ticket.kind == "support", or_(*ways))


def visible_followups(actor: Actor) -> ColumnElement[bool]:
    """Follow-ups the actor may read, given that the ticket is visible: private ones are for staff."""
    return true() if actor.is_staff else FollowUp.public.is_(True)


def visible_subscriptions(actor: Actor) -> ColumnElement[bool]:
    """Subscriptions the actor may read, given that the ticket is visible.

    Who follows a ticket because of a private reply would tell plain users that there is one.
    """
    return true() if actor.is_staff else or_(Subscription.public, Subscription.user_id == actor.user_id)


def visible_attachments(actor: Actor) -> ColumnElement[bool]:
    """Files the actor may read: the ticket must be visible, and a follow-up's file goes with the follow-up."""
    if actor.is_staff:
        return true()
    return and_(
        exists(select(Ticket.id).where(Ticket.id == Attachment.ticket_id, visible_tickets(actor))),
        or_(
            Attachment.followup_id.is_(None),
            exists(select(FollowUp.id).where(FollowUp.id == Attachment.followup_id, visible_followups(actor))),
        ),
    )


def sees_everybody(actor: Actor) -> bool:
    """Whether the actor may read every account, as staff do and everybody in a team, not their own alone."""
    return actor.is_staff or actor.reads_every_ticket


def visible_users(actor: Actor) -> ColumnElement[bool]:
    """Accounts the actor may read: `sees_user`, in SQL."""
    return true() if sees_everybody(actor) else User.id == actor.user_id


def visible_custom_fields(actor: Actor) -> ColumnElement[bool]:
    """Definitions of extra fields the actor may read: some are for staff only."""
    return true() if actor.is_staff else CustomField.staff_only.is_(False)


def sees_user(actor: Actor, user_id: int) -> bool:
    """Whether the actor may read this account."""
    return sees_everybody(actor) or user_id == actor.user_id


def require_staff(actor: Actor) -> None:
    """Raise `Forbidden` for plain users."""
    if not actor.is_staff:
        raise Forbidden


def require_admin(actor: Actor) -> None:
    """Raise `Forbidden` for everybody but admins."""
    if not actor.is_admin:
        raise Forbidden


def may_change_user(actor: Actor, user_id: int) -> bool:
    """Whether the actor may edit this account's name and password at all."""
    return actor.is_staff or actor.user_id == user_id


def may_delete_ticket(actor: Actor, ticket: Ticket) -> None:
    """Raise `Forbidden` unless this ticket is the actor's to delete: their own upload ticket, or any for staff."""
    own_upload = ticket.kind == "upload" and ticket.creator_id == actor.user_id
    if not (actor.is_staff or own_upload):
        raise Forbidden


def may_see_support_desk(actor: Actor) -> None:
    """Raise `Forbidden` for plain users: the desk's own view of support tickets is for staff."""
    require_staff(actor)


def takes_part(actor: Actor, ticket: Ticket) -> bool:
    """Whether the actor opened or requested this ticket."""
    return ticket.creator_id == actor.user_id or bool(actor.email and ticket.submitter_email == actor.email)


def may_edit_text(actor: Actor, ticket: Ticket) -> None:
    """Raise `Forbidden` unless the actor may edit a support ticket's title and description."""
    if not (actor.is_staff or takes_part(actor, ticket)):
        raise Forbidden


def may_close(actor: Actor, ticket: Ticket) -> None:
    """Raise `Forbidden` unless the actor may close or reopen a ticket: staff, assignee, opener, requester."""
    if not (actor.is_staff or ticket.assignee_id == actor.user_id or takes_part(actor, ticket)):
        raise Forbidden


def may_release(actor: Actor, ticket: Ticket) -> None:
    """Raise `Forbidden` unless the actor may give a ticket back: its assignee, or an admin."""
    if not (actor.is_admin or ticket.assignee_id == actor.user_id):
        raise Forbidden


def may_edit_followup(actor: Actor, followup: FollowUp) -> None:
    """Raise `Forbidden` unless the follow-up is the actor's to edit or delete: its author's, or any for staff."""
    if not (actor.is_staff or followup.author_id == actor.user_id):
        raise Forbidden


def may_remove_attachment(actor: Actor, attachment: Attachment) -> None:
    """Raise `Forbidden` unless the file is the actor's to delete: its sender's, or any for staff."""
    if not (actor.is_staff or attachment.uploader_id == actor.user_id):
        raise Forbidden
