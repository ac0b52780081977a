"""BorderWatch: the project package and its small kernel."""

from borderwatch.celery import app as celery_app

__all__ = ("celery_app",)
