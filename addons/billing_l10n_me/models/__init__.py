from . import template_me
