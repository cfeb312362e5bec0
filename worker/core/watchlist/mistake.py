"""What is wrong with a term, and at which of its characters. Does not know where the term was written."""


class Mistake(ValueError):  # noqa: N818 - what a person made, not the program
    """A text that means nothing as a term.

    Args:
        message: what is wrong and what would be right, one line.
        at: number of the character at which it is wrong, from 0.
    """

    def __init__(self, message: str, at: int = 0) -> None:
        super().__init__(message)
        self.at = at
