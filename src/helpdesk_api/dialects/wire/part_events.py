"""python-multipart's parser, whose callbacks cannot await, as a list of events for every chunk of a body."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from helpdesk_api.dialects.wire.multipart_form import MultipartError
from helpdesk_api.dialects.wire.part_headers import decode_header

# Servers hand on far less at a time; a test's client may hand on a whole body.
_LARGEST_CHUNK = 256 * 1024


@dataclass(frozen=True)
class PartBegun:
    """A part whose headers have been read, names in lower case."""

    headers: Mapping[str, str]


@dataclass(frozen=True)
class PartEnded:
    """The last byte of a part has been given."""


Event = PartBegun | memoryview | PartEnded
"""Part data is a view of the chunk it came in, not a copy."""


class PartParser:
    """Splits a body into parts. Headers are limited in number and size; data is not."""

    def __init__(self, boundary: str, *, max_headers: int, max_header_size: int) -> None:
        self._events: list[Event] = []
        self._headers: dict[str, str] = {}
        self._name = bytearray()
        self._value = bytearray()
        self._begun = False
        self.complete = False
        """Whether the final boundary has been read."""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_part_end": self._part_ends,
                "on_end": self._body_ends,
            },
            max_header_count=max_headers,
            max_header_size=max_header_size,
        )

    def feed(self, chunk: bytes) -> Iterator[list[Event]]:
        """What a chunk brings, in one or more lists. Raises MultipartError."""
        for start in range(0, len(chunk), _LARGEST_CHUNK):
            # A slice of all of a bytes object is that object.
            self._write(chunk[start : start + _LARGEST_CHUNK])
            events, self._events = self._events, []
            yield events

    def _write(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            if str(error).startswith("Maximum header"):
                raise MultipartError("Too many or too large headers in a part") from None
            # The parser's own words count bytes from the start of the chunk, which says nothing to a client.
            place = "Malformed headers or boundary of a part" if self._begun else "The body does not begin with a part"
            raise MultipartError(place) from None

    def _part_begins(self) -> None:
        self._begun = True
        self._headers = {}

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = decode_header(bytes(self._value))
        self._name.clear()
        self._value.clear()

    def _headers_end(self) -> None:
        self._events.append(PartBegun(self._headers))

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(memoryview(data)[start:end])

    def _part_ends(self) -> None:
        self._events.append(PartEnded())

    def _body_ends(self) -> None:
        self.complete = True
