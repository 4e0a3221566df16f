"""The words for the roles."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from models import Role

ROLES: dict[str, LazyString] = {
    Role.SUPERVISOR: _("Supervisor"),
    Role.HANDLER: _("Handler"),
    Role.ORGANISER: _("Organiser"),
    Role.ASSESSOR: _("Assessor"),
    Role.CLERK: _("Clerk"),
    Role.PROCESS_ADMIN: _("Process administrator"),
    Role.SYSTEM_ADMIN: _("System administrator"),
    Role.SECURITY_ADMIN: _("Security administrator"),
    Role.AUDIT_ADMIN: _("Audit administrator"),
}
