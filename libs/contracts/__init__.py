"""The published language: commands, events, outcomes, envelope, errors, upcasts, routing. Imports nothing of ours."""
