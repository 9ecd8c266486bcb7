"""Django with django-scim2, configured here and served without a socket."""

from collections.abc import Callable
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse

APP = "tests.services.django_app"


class Somebody:
    """Who asks; django-scim2 wants to know only that they are somebody."""

    is_authenticated = True


def logged_in(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        request.user = Somebody()
        return answer(request)

    return middleware


def application() -> Any:
    """The WSGI application, with empty tables in memory; to be made and called in one and the same thread."""
    settings.configure(
        SECRET_KEY="of the tests",
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_scim", APP],
        AUTH_USER_MODEL="django_app.User",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        MIDDLEWARE=[f"{APP}.serving.logged_in"],
        ROOT_URLCONF=f"{APP}.urls",
        LOGGING_CONFIG=None,
        SCIM_SERVICE_PROVIDER={
            "NETLOC": "scim.test",
            "SCHEME": "http",
            "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "bearer", "description": "a token"}],
            "GROUP_MODEL": f"{APP}.models.Group",
        },
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    return get_wsgi_application()


def shaped(slim: bool) -> None:
    """Serve django-scim2's own adapters from now on, or those of `shapes`."""
    from django_scim.adapters import SCIMGroup, SCIMUser
    from django_scim.settings import scim_settings

    from tests.services.django_app.shapes import KeptUser, SlimGroup

    scim_settings.USER_ADAPTER = KeptUser if slim else SCIMUser
    scim_settings.GROUP_ADAPTER = SlimGroup if slim else SCIMGroup


def emptied() -> None:
    """Nobody and nothing is there."""
    from tests.services.django_app.models import Group, User

    Group.objects.all().delete()
    User.objects.all().delete()


def forgotten(names: list[str]) -> None:
    """These people were never there."""
    from tests.services.django_app.models import User

    User.objects.filter(username__in=names).delete()
