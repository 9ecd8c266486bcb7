"""Where django-scim2 listens."""

from django.urls import include, path

urlpatterns = [path("scim/", include("django_scim.urls"))]
