"""Every dialect the service speaks, in the order their routes are tried."""

from __future__ import annotations

from helpdesk_api.dialects.django_helpdesk import DJANGO_HELPDESK
from helpdesk_api.dialects.flicket import FLICKET
from helpdesk_api.dialects.image_upload import IMAGE_UPLOAD
from helpdesk_api.dialects.integration import INTEGRATION
from helpdesk_api.dialects.shared_api import SHARED_API

DIALECTS = (SHARED_API, IMAGE_UPLOAD, DJANGO_HELPDESK, INTEGRATION, FLICKET)
