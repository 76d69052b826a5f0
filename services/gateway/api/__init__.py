"""The native interface: `/v1`, and the operator's `/ops`."""
