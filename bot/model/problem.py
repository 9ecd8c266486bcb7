"""The one base of every error that a person gets to read."""


class Problem(Exception):
    """Something that a person can act on: `str(problem)` is one clear sentence saying what is wrong and what to do.

    Slack, the command line and the log show the same sentence. Each room derives its own types from this one.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
