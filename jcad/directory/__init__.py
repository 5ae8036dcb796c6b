"""Active Directory, read side."""
