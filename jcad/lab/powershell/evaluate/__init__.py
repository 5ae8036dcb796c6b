"""Running the syntax tree: each node becomes a Python closure once, and the closures run. Sans-I/O."""
