from webapp.questionnaires import asking, importing
from webapp.questionnaires.views import bp

__all__ = ["asking", "bp", "importing"]
