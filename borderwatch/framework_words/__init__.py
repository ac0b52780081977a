"""Sentences of the frameworks that people meet, listed so that the Khmer catalogue carries them.

Django's own Khmer catalogue is a third complete and partly wrong; allauth, the REST framework and django-filter have
none. The project's catalogue comes last when they are merged, so what it holds wins. `makemessages` keeps only what it
finds in the source: these lists are that source, and nothing imports them.
"""
