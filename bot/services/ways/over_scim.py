"""The way over SCIM: seats are SCIM users, teams are SCIM groups. What it does is in bot.services.steps."""

from bot.model.way import Way
from bot.services.requests.execution import Execution
from bot.services.steps import removal, seating
from bot.services.ways.port import Result


class OverScim:
    """Needs a SCIM token, and SCIM to know who is changed."""

    way = Way.SCIM

    def remove(self, ex: Execution) -> Result:
        return removal.remove(ex)

    def removed(self, ex: Execution) -> Result:
        return removal.verify(ex)

    def vacant(self, ex: Execution) -> Result:
        return seating.vacant(ex)

    def create(self, ex: Execution) -> Result:
        return seating.create(ex)

    def join(self, ex: Execution) -> Result:
        return seating.join_teams(ex)

    def change(self, ex: Execution) -> Result:
        from bot.services.kinds.user_change import change_over_scim

        return change_over_scim(ex)

    def delete_team(self, ex: Execution) -> Result:
        from bot.services.kinds.team_deletion import delete_over_scim

        return delete_over_scim(ex)

    def team_deleted(self, ex: Execution) -> Result:
        from bot.services.kinds.team_deletion import gone_over_scim

        return gone_over_scim(ex)
