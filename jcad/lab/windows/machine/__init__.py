"""The Windows of a lab host beside its directory: services, registry, files, tasks, and JumpCloud's agents, pretended."""
