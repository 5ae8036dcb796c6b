""".NET's formatting of values: numbers, dates, time spans, composite format strings. Culture en-US or invariant. Pure."""
