"""Watchlists: what a term means (`terms`), the forms of words (`language`), and finding terms in posts (`matcher`)."""
