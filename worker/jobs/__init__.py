"""The flows, independent of each other; each takes `now` and its collaborators and yields one result per unit."""
