"""Runs of JumpCloud's agents: hosts are looked at side by side, plans carried out on them, and read back."""
