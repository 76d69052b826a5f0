"""The demonstration: a clinic's quarter, played through the doors that users have."""
