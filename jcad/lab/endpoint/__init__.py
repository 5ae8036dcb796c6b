"""A lab host's WinRM endpoint: HTTP(S), authentication, message encryption, WSMan and PSRP, for unmodified clients.

It may touch sockets on loopback, and nothing else: what a script does is the runspace's business.
"""
