"""A database backend: Django's own for MySQL and MariaDB, with a pool behind it. Django looks for ``base``."""
