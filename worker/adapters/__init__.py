"""One outside thing each; adapters do not know each other."""
