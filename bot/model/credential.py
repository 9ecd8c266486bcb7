"""The Help Scout user on whom the bot's own credential hangs.

Source: Mailbox API, "Authentication": every credential belongs to an active, invited user; without them the API
answers 401.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnUser:
    """As `GET /v2/users/me` showed them last. `type` is `user` for a person, anything else for an app's own user."""

    id: int
    name: str = ""
    role: str = ""
    type: str = ""
    calls: bool | None = None  # whether the API has the calls for users; None: not known
    lost: bool = False  # Help Scout has refused the credential since

    @property
    def is_person(self) -> bool:
        return self.type in ("", "user")

    @property
    def called(self) -> str:
        return self.name or f"the user with the Help Scout id {self.id}"
