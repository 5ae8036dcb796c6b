"""The lab's window into Samba's own database: a child process under the system's Python, which alone has Samba's modules.

It answers questions on its standard input, one JSON object a line, with one JSON object a line:

    {"ask": "account", "sam": "mary"}  ->  {"answer": {"sid": "S-1-5-21-...", "nt_hash": "...", ...}}
    {"ask": "nonsense"}                ->  {"error": "...", "code": 0}

It reads and writes the database file that the running Samba serves, so an answer is what is there at that moment. It ends
when its standard input does. Started by `jcad.lab.domain.database`; imports nothing of jcad but itself.
"""
