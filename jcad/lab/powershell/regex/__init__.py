""".NET's regular expressions and PowerShell's wildcards, on Python's `re`. What `re` cannot do is refused by name."""
