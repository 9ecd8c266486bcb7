"""Users and groups as django-scim2's own documentation has one declare them."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class User(AbstractSCIMUserMixin, AbstractUser):  # type: ignore[misc]
    username = models.CharField(max_length=254, unique=True)


class Group(AbstractSCIMGroupMixin):  # type: ignore[misc]
    name = models.CharField(max_length=254, unique=True)
    user_set = models.ManyToManyField(User, related_name="scim_groups")
