"""What an installer's exit code means, and what to do: the table stands with the script that runs installers."""

from jcad.powershell.hosts.exit_codes import DONE_CODES, REBOOT_CODES, ExitCodeMeaning, explain_exit_code

__all__ = ["DONE_CODES", "REBOOT_CODES", "ExitCodeMeaning", "explain_exit_code"]
