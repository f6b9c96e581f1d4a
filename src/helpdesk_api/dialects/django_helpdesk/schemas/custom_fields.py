"""Definitions of custom fields on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, Field

from helpdesk_api.dialects.drf.body import BodyContext, DrfBody
from helpdesk_api.dialects.drf.fields import Chars, Choice, Flag, Integer, Slug
from helpdesk_api.dialects.drf.text_lists import TextList
from helpdesk_api.domain.custom_fields import service as custom_fields
from helpdesk_api.domain.custom_fields.commands import CustomFieldChanges, NewCustomField
from helpdesk_api.models import CustomField
from helpdesk_api.models.custom_field import DATA_TYPES

Name = Annotated[str, Slug()]
Label = Annotated[str, Chars(max_length=200)]
HelpText = Annotated[str, Chars(max_length=10_000, blank=True)]
DataType = Annotated[str, Choice(called="DataType", choices=DATA_TYPES)]
MaxLength = Annotated[int | None, Integer(null=True, minimum=1, maximum=1_000_000)]
DecimalPlaces = Annotated[int | None, Integer(null=True, minimum=0, maximum=100)]
ListValues = Annotated[list[str], TextList(most=1000, max_length=200)]
Ordering = Annotated[int | None, Integer(null=True)]

NAME = "The slug after `custom_` in a ticket's key."
MAX_LENGTH = "How many characters a text, or digits a decimal, may have at most."
LIST_VALUES = "The choices of a list: a JSON array of texts, in forms too."
EMPTY = 'Whether "" may be chosen from a list, for none.'
ORDERING = "Lower numbers come first, fields without one last."
REQUIRED = "Whether a new ticket must have a value."
STAFF_ONLY = "Whether plain users see neither the field nor its values."


class CustomFieldIn(DrfBody):
    """A new definition, or all of one."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "colour",
                "label": "Colour",
                "data_type": "list",
                "list_values": ["red", "green", "blue"],
            }
        }
    )

    name: Name = Field(description=NAME)
    label: Label
    help_text: HelpText = ""
    data_type: DataType
    max_length: MaxLength = Field(None, description=MAX_LENGTH)
    decimal_places: DecimalPlaces = None
    empty_selection_list: Annotated[bool, Flag()] = Field(False, description=EMPTY)
    list_values: ListValues = Field([], description=LIST_VALUES)
    ordering: Ordering = Field(None, description=ORDERING)
    required: Annotated[bool, Flag()] = Field(False, description=REQUIRED)
    staff_only: Annotated[bool, Flag()] = Field(False, description=STAFF_ONLY)

    async def problems(self, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """A name that is taken, a list without values, more places than digits, values of tickets without a home."""
        return await custom_fields.problems_of_field(context.session, values, _existing(context))

    def to_command(self) -> NewCustomField:
        """The field to define."""
        return NewCustomField(**{name: getattr(self, name) for name in self.model_fields_set})

    def to_changes(self) -> CustomFieldChanges:
        """The values that were sent."""
        return cast(CustomFieldChanges, {name: getattr(self, name) for name in self.model_fields_set})


class CustomFieldChangesIn(DrfBody):
    """What can be changed of a definition; what is left out stays."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"list_values": ["red", "green"]}})

    name: Name = Field(description=NAME)
    label: Label
    help_text: HelpText
    data_type: DataType = Field(description="It stays while tickets have a value.")
    max_length: MaxLength = Field(description=MAX_LENGTH)
    decimal_places: DecimalPlaces
    empty_selection_list: Annotated[bool, Flag()] = Field(description=EMPTY)
    list_values: ListValues = Field(description=f"{LIST_VALUES} Those that tickets use stay.")
    ordering: Ordering = Field(description=ORDERING)
    required: Annotated[bool, Flag()] = Field(description=REQUIRED)
    staff_only: Annotated[bool, Flag()] = Field(description=STAFF_ONLY)

    async def problems(self, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """A name that is taken, a list without values, more places than digits, values of tickets without a home."""
        return await custom_fields.problems_of_field(context.session, values, _existing(context))

    def to_changes(self) -> CustomFieldChanges:
        """The values that were sent."""
        return cast(CustomFieldChanges, {name: getattr(self, name) for name in self.model_fields_set})


def _existing(context: BodyContext) -> CustomField | None:
    return context.found if isinstance(context.found, CustomField) else None


class CustomFieldOut(BaseModel):
    """The definition of a custom field."""

    id: int = Field(examples=[1])
    name: str = Field(examples=["colour"])
    label: str = Field(examples=["Colour"])
    help_text: str = Field(examples=[""])
    data_type: str = Field(examples=["list"])
    max_length: int | None = Field(examples=[None])
    decimal_places: int | None = Field(examples=[None])
    empty_selection_list: bool = Field(examples=[False])
    list_values: list[str] = Field(examples=[["red", "green", "blue"]])
    ordering: int | None = Field(examples=[None])
    required: bool = Field(examples=[False])
    staff_only: bool = Field(examples=[False])

    @classmethod
    def of(cls, field: CustomField) -> CustomFieldOut:
        """The wire form of a definition."""
        return cls(**{name: getattr(field, name) for name in cls.model_fields})
