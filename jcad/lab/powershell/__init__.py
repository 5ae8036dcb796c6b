"""A PowerShell 5.1 interpreter for the lab: lexer, parser, evaluator, types and core cmdlets. Sans-I/O, knows no AD."""
