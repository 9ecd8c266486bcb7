"""`python -m tests.readme`: write the README's tables anew."""

from tests.readme.tables import README, filled

README.write_text(filled(README.read_text()))
