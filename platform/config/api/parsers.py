"""How the API reads JSON."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

TOO_DEEP = "This JSON is nested too deeply."
NO_TEXT = "This JSON holds half of a surrogate pair, such as \\ud800, which is not text."


class Json(JSONParser):
    """JSON; what is nested too deeply or is not text is 400 like any other text that is broken."""

    def parse(self, *arguments: Any, **options: Any) -> Any:
        try:
            found = super().parse(*arguments, **options)
            # No answer that repeats it could be sent, and PostgreSQL stores no such string.
            json.dumps(found, ensure_ascii=False).encode()
        except RecursionError:
            raise ParseError(TOO_DEEP) from None
        except UnicodeEncodeError:
            raise ParseError(NO_TEXT) from None
        return found
