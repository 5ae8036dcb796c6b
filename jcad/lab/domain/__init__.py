"""The lab's directory: a real Samba Active Directory domain on loopback, provisioned, started, filled and looked into."""
