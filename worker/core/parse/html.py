"""Reading HTML safely: a size cap and a scan of the nesting before the tree is built.

The tree builder takes time that grows with the square of the nesting (200,000 nested tags: minutes), so a page that is
nested deeper than any real one is refused before it is built.
"""
