"""The JSON parser of the API."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

TOO_DEEP = "This JSON is nested too deeply."
NO_TEXT = "This JSON holds half of a surrogate pair, such as \\ud800, which is not text."


class StrictJsonParser(JSONParser):
    """A JSON parser that answers 400 to deep nesting and to strings that are not valid text."""

    def parse(self, *arguments: Any, **options: Any) -> Any:
        try:
            found = super().parse(*arguments, **options)
            # A response that repeats it could not be encoded, and PostgreSQL stores no such string.
            json.dumps(found, ensure_ascii=False).encode()
        except RecursionError:
            raise ParseError(TOO_DEEP) from None
        except UnicodeEncodeError:
            raise ParseError(NO_TEXT) from None
        return found
