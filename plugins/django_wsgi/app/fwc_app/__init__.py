"""The application that the target ``django-wsgi`` serves: plain sync views, Django's ORM, gunicorn's threads."""
