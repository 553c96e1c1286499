"""New plugins: a template for each language, copied under the name of a target."""

from fwcompare.scaffold.making import LANGUAGES, TEMPLATES, Made, make_plugin

__all__ = ["LANGUAGES", "TEMPLATES", "Made", "make_plugin"]
