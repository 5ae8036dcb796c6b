"""A whole domain on loopback: something real to try jcad on, and the ground that the tests stand on."""
