"""The core cmdlets, a group a file."""
