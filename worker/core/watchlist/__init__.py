"""Watchlists: from what a person wrote to matches in posts.

A term is a query (`query`), whose leaves are words, phrases and patterns (`terms`, `language`, `pattern`) and questions
about the post (`scopes`, `facts`). The `engine` finds all leaves of all watchlists at once, `evaluate` says whether a
query is true, `concept` what a whole watchlist makes of it, `matcher` which matches there are, and `explanation` why.
"""
