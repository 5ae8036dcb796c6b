"""The lab's Windows: the ActiveDirectory module's cmdlets, carried out over LDAP as the logged-on account."""
