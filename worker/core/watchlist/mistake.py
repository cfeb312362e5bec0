"""What is wrong with a term, and at which of its characters. Does not know where the term was written."""


class Mistake(ValueError):  # noqa: N818 - what a person made, not the program
    """A text that means nothing as a term.

    Args:
        message: what is wrong and what would be right; what could break its one line is escaped.
        at: number of the character at which it is wrong, from 0.
    """

    def __init__(self, message: str, at: int = 0) -> None:
        printable = (char if char.isprintable() else char.encode("unicode_escape").decode() for char in message)
        super().__init__("".join(printable))
        self.at = at
