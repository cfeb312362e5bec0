"""A simulated week: real jobs and a real store, a clock that is set, receivers that fail, deaths at random moments."""
