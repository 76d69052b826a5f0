"""The console: a page for people who look after a tenant. It has no way past the public interface."""
