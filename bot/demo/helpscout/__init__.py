"""A simulated Help Scout over real HTTP: REST v2, OAuth and SCIM 2.0, with faults on order.

    from bot.demo.helpscout import Fault, SimulatedHelpScout

    with SimulatedHelpScout(people=300) as sim:
        sim.faults.add(match="GET /users?page=3", fault=Fault.HTML_502)

`python -m bot.demo.helpscout` runs it as a process of its own. Needs nothing but the standard library.
"""

from bot.demo.helpscout.behaviour import Behaviour, Reading
from bot.demo.helpscout.http.faults import Fault, Planned
from bot.demo.helpscout.http.log import Log, Served
from bot.demo.helpscout.http.server import Reply, Request
from bot.demo.helpscout.simulated import SimulatedHelpScout
from bot.demo.helpscout.world.account import Account, Refused, Team
from bot.demo.helpscout.world.conversations import Conversation
from bot.demo.helpscout.world.people import DEMO_OWNER, DEMO_PEOPLE, DEMO_TARGET, Cast, Person

__all__ = [
    "DEMO_OWNER",
    "DEMO_PEOPLE",
    "DEMO_TARGET",
    "Account",
    "Behaviour",
    "Cast",
    "Conversation",
    "Fault",
    "Log",
    "Person",
    "Planned",
    "Reading",
    "Refused",
    "Reply",
    "Request",
    "Served",
    "SimulatedHelpScout",
    "Team",
]
