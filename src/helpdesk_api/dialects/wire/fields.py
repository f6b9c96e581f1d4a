"""Field types for request bodies: each reads one value by itself, so that all wrong ones are found at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


def wrong(message: str) -> PydanticCustomError:
    """The error that says `message` of a field."""
    return PydanticCustomError("field", "{message}", {"message": message})


@dataclass(frozen=True, kw_only=True)
class WireField:
    """A value that may be null where `null` says so; used as `Annotated[str, Chars(...)]`. Dialects derive theirs."""

    null: bool = False
    null_message: ClassVar[str]

    def parse(self, value: Any) -> Any:
        """The value of something that is not null. Raises the error of `wrong`."""
        raise TypeError

    def json_schema(self) -> dict[str, Any]:
        """The type in the OpenAPI document."""
        raise TypeError

    def _validate(self, value: Any) -> Any:
        if value is None:
            if self.null:
                return None
            raise wrong(self.null_message)
        return self.parse(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        described = self.json_schema()
        return {**described, "type": [described["type"], "null"]} if self.null else described


def adapter_of(info: FieldInfo) -> TypeAdapter[Any]:
    """What reads one field of a schema."""
    annotated: Any = Annotated[(info.annotation, *info.metadata)]
    return TypeAdapter(annotated)
